// Adds and removes the panels of a field with repeating subfields (herne/form/repeating.html).
ckan.module('herne-repeating', function () {
  'use strict';
  return {
    initialize: function () {
      const box = this.el[0];
      const panels = box.querySelector('[data-herne-panels]');
      const template = box.querySelector('template');
      if (!template) { return; }

      // A number once used is never used again: it tells the server which stored entry is meant.
      let next = panels.children.length;

      box.addEventListener('click', function (event) {
        if (event.target.closest('[data-herne-remove]')) {
          event.target.closest('[data-herne-panel]').remove();
          box.querySelector('[data-herne-add]').focus();
        } else if (event.target.closest('[data-herne-add]')) {
          panels.insertAdjacentHTML('beforeend', template.innerHTML.replaceAll('INDEX', String(next)));
          next += 1;
          panels.lastElementChild.querySelector('input, select, textarea').focus();
        }
      });
    }
  };
});
