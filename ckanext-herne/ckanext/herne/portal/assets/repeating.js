// Adds and removes the panels of a field with repeating subfields (herne/form/repeating.html), says so to
// screen readers and keeps the focus where the work goes on.
ckan.module('herne-repeating', function () {
  'use strict';
  const CONTROLS = 'input:not([type=hidden]), select, textarea';

  return {
    options: { label: '', added: '{entry}', removed: '{entry}' },

    initialize: function () {
      const box = this.el[0];
      const options = this.options;
      const template = box.querySelector('template');
      if (!template) { return; }
      const list = box.querySelector('[data-herne-panels]');
      const add = box.querySelector('[data-herne-add]');
      const said = box.querySelector('[data-herne-said]');
      const panels = () => [...list.querySelectorAll('[data-herne-panel]')];

      // A number once used is never used again: it tells the server which stored entry is meant.
      const used = [...list.querySelectorAll('[name]')].map((control) => Number(control.name.split('-')[1]) || 0);
      let next = Math.max(-1, ...used) + 1;

      const title = (panel) => options.label + ' ' + (panels().indexOf(panel) + 1);
      const say = (text, entry) => { said.textContent = text.replace('{entry}', entry); };

      function name() {
        for (const panel of panels()) {
          panel.setAttribute('aria-label', title(panel));
          for (const place of panel.querySelectorAll('[data-herne-title]')) { place.textContent = ' ' + title(panel); }
          panel.querySelector('[data-herne-remove]').hidden = false;
        }
      }

      function append() {
        const number = panels().length + 1;
        const html = template.innerHTML.replaceAll('INDEX', String(next)).replaceAll('NUMBER', String(number));
        list.insertAdjacentHTML('beforeend', html);
        next += 1;
        name();
        const panel = panels().at(-1);
        panel.querySelector(CONTROLS).focus();
        say(options.added, title(panel));
      }

      function remove(panel) {
        const gone = title(panel);
        const place = panels().indexOf(panel);
        panel.remove();
        name();
        const neighbour = panels()[place] || panels()[place - 1];
        (neighbour ? neighbour.querySelector('[data-herne-remove]') : add).focus();
        say(options.removed, gone);
      }

      box.addEventListener('click', function (event) {
        const button = event.target.closest('[data-herne-remove]');
        if (button) { remove(button.closest('[data-herne-panel]')); }
        if (event.target.closest('[data-herne-add]')) { append(); }
      });
      add.hidden = false;
      name();
    }
  };
});
