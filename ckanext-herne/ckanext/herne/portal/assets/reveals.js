// A tick that shows another field while it is set. A hidden field is not sent: what it held is given up.
ckan.module('herne-reveals', function () {
  'use strict';
  return {
    options: { field: '' },

    initialize: function () {
      const tick = this.el[0];
      const field = tick.form.querySelector('[data-herne-field="' + this.options.field + '"]');
      if (!field) { return; }
      function show() {
        field.hidden = !tick.checked;
        for (const control of field.querySelectorAll('input, select, textarea')) { control.disabled = field.hidden; }
      }
      if (field.classList.contains('herne-has-error')) { tick.checked = true; }
      tick.addEventListener('change', show);
      show();
    }
  };
});
