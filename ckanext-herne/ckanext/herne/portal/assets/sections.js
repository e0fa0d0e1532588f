// The closed sections of a form: one in which the browser finds a mistake opens (it could not show it
// otherwise), and so does the one that a link in the list of errors leads into.
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
      form.addEventListener('invalid', (event) => open(event.target), true);
      form.addEventListener('click', function (event) {
        const link = event.target.closest('.herne-errors a[href^="#"]');
        const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
        if (!target) { return; }
        event.preventDefault();
        open(target);
        target.focus();
        target.scrollIntoView({ block: 'center' });
      });
      const errors = form.querySelector('.herne-errors');
      if (errors) { errors.focus(); }
    }
  };
});
