// The closed sections of a form: one in which the browser finds a mistake opens (it could not show it
// otherwise), and so does the one that a link to a control leads into, from here or from another page.
ckan.module('herne-sections', function () {
  'use strict';

  function open(element) {
    for (let section = element.closest('details'); section; section = section.parentElement.closest('details')) {
      section.open = true;
    }
  }

  return {
    initialize: function () {
      const form = this.el[0];

      // Goes to the control that a fragment names; says whether there is one.
      function go(hash) {
        const target = document.getElementById(decodeURIComponent(hash.slice(1)));
        if (!target || !form.contains(target)) { return false; }
        open(target);
        target.focus();
        target.scrollIntoView({ block: 'center' });
        return true;
      }

      form.addEventListener('invalid', (event) => open(event.target), true);
      document.addEventListener('click', function (event) {
        const link = event.target.closest('a[href^="#field-"]');
        if (link && go(link.hash)) { event.preventDefault(); }
      });
      const errors = form.querySelector('.herne-errors');
      if (errors) { errors.focus(); } else if (window.location.hash.startsWith('#field-')) { go(window.location.hash); }
    }
  };
});
