// A button that copies the text of the element it names.
ckan.module('herne-copy', function () {
  'use strict';
  return {
    options: { from: '', done: '' },

    initialize: function () {
      const button = this.el[0];
      const options = this.options;
      if (!navigator.clipboard) { return; }
      button.hidden = false;
      button.addEventListener('click', function () {
        const text = document.getElementById(options.from).textContent.trim();
        navigator.clipboard.writeText(text).then(() => { button.querySelector('[role=status]').textContent = options.done; });
      });
    }
  };
});
