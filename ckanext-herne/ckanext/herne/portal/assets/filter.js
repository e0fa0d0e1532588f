// A field above a long list of ticks or options that shows only the entries containing what is typed.
ckan.module('herne-filter', function () {
  'use strict';
  return {
    options: { label: '', found: '{count}' },

    initialize: function () {
      const list = this.el[0];
      const isSelect = list.tagName === 'SELECT';
      const entries = [...list.children];
      const text = (entry) => entry.textContent.toLocaleLowerCase();
      const options = this.options;

      const input = document.createElement('input');
      input.type = 'search';
      input.className = 'form-control herne-filter';
      input.placeholder = options.label;
      input.setAttribute('aria-label', options.label);
      const said = document.createElement('p');
      said.className = 'visually-hidden';
      said.setAttribute('role', 'status');
      list.before(input, said);

      function isShown(entry, wanted) {
        const chosen = isSelect ? entry.selected : entry.querySelector('input').checked;
        return chosen || text(entry).includes(wanted);
      }

      input.addEventListener('input', function () {
        const shown = entries.filter((entry) => isShown(entry, input.value.trim().toLocaleLowerCase()));
        // Not every browser hides an option: those that do not match leave the list.
        if (isSelect) { list.replaceChildren(...shown); }
        else { for (const entry of entries) { entry.hidden = !shown.includes(entry); } }
        said.textContent = options.found.replace('{count}', String(shown.length));
      });
      input.addEventListener('keydown', (event) => { if (event.key === 'Enter') { event.preventDefault(); } });
    }
  };
});
