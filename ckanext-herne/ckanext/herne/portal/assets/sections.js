// Opens the closed section of a form in which the browser finds a mistake: it could not show it otherwise.
ckan.module('herne-sections', function () {
  'use strict';
  return {
    initialize: function () {
      this.el[0].addEventListener('invalid', function (event) {
        const section = event.target.closest('details');
        if (section) { section.open = true; }
      }, true);
    }
  };
});
