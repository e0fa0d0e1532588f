// Asks, while somebody types in a form, what GovData would say, and shows it in the panel and at each control.
// Whatever the server does, the form stays as it is.
ckan.module('herne-check', function () {
  'use strict';
  const REST = 600; // ms without a change, before the server is asked
  const PATIENCE = 10000; // ms to wait for an answer
  const LONGEST = 60000; // ms between two attempts when the server has trouble

  // What the form holds; of files only their names, for they are not sent before saving.
  function content(form) {
    const data = new FormData(form);
    for (const [name, value] of [...data]) {
      if (value instanceof File) { data.set(name, value.name); }
    }
    return data;
  }

  const fieldOf = (element) => element.closest('.herne-field') || element;

  // Takes a text away from the controls it describes.
  function remove(text, isAboutError) {
    for (const control of document.querySelectorAll('[aria-describedby~="' + text.id + '"]')) {
      const ids = control.getAttribute('aria-describedby').split(' ').filter((id) => id !== text.id);
      if (ids.length) { control.setAttribute('aria-describedby', ids.join(' ')); }
      else { control.removeAttribute('aria-describedby'); }
      if (isAboutError) { control.removeAttribute('aria-invalid'); }
    }
    text.remove();
  }

  function unmark(form) {
    for (const note of form.querySelectorAll('.herne-note')) { remove(note, note.dataset.herneInvalid); }
  }

  // What the last save found wrong with a field is out of date once the field has changed; says whether it was.
  function outdate(fields) {
    let found = false;
    for (const field of fields) {
      const error = field.querySelector(':scope > .herne-error');
      if (error) {
        remove(error, true);
        field.classList.remove('herne-has-error');
        found = true;
      }
    }
    return found;
  }

  function mark(control, kind, text, id) {
    const field = fieldOf(control);
    const isSaid = [...field.querySelectorAll('.herne-error')].some((error) => error.textContent.trim() === text);
    if (isSaid) { return; }
    const note = document.createElement('p');
    note.id = id;
    note.className = 'herne-note herne-note-' + kind;
    note.textContent = text;
    if (kind === 'wrong' && !control.hasAttribute('aria-invalid')) {
      control.setAttribute('aria-invalid', 'true');
      note.dataset.herneInvalid = 'true';
    }
    const ids = control.getAttribute('aria-describedby');
    control.setAttribute('aria-describedby', ids ? id + ' ' + ids : id);
    const frame = control === field ? null : control.closest('.herne-field > *');
    if (frame) { frame.after(note); } else { field.append(note); }
  }

  // Runs what moves parts of the page, but never between the press of a button and its release: the button would
  // be gone from under the pointer, and the click lost.
  let isPressed = false;
  const postponed = [];
  function calmly(move) {
    if (isPressed) { postponed.push(move); } else { move(); }
  }
  function release() {
    isPressed = false;
    for (const move of postponed.splice(0)) { move(); }
  }
  document.addEventListener('pointerdown', () => { isPressed = true; }, true);
  for (const end of ['pointerup', 'pointercancel']) {
    document.addEventListener(end, () => setTimeout(release), true); // after the click
  }

  return {
    options: { url: '', show: '', stopped: '', failed: '', busy: '', refused: '' },

    initialize: function () {
      const panel = this.el[0];
      const options = this.options;
      const form = document.querySelector('form.herne-form');
      if (!form) { return; }
      const notes = panel.querySelector('[data-herne-notes]');
      const trouble = panel.querySelector('[data-herne-trouble]');
      const visited = new Set();
      const changed = new Set();
      let asked = null; // what the form held when the server was asked last
      let shown = ''; // the answer in the panel
      let running = null;
      let timer = 0;
      let failures = 0;
      let notBefore = 0;

      // One line beside the buttons, always in view; it speaks up only when it changes.
      const line = document.createElement('p');
      line.className = 'herne-check-line';
      line.innerHTML = '<span role="status"></span> <a href="#herne-check-title"></a>';
      const status = line.querySelector('[role=status]');
      const link = line.querySelector('a');
      link.textContent = options.show;
      link.hidden = true;
      form.querySelector('.herne-actions').prepend(line);
      panel.hidden = false;

      function say(text) {
        if (status.textContent !== text) { status.textContent = text; }
        link.hidden = !text;
      }

      // What is still missing is said at a control only when somebody has been there.
      function place() {
        unmark(form);
        [...notes.querySelectorAll('[data-herne-target]')].forEach(function (entry, number) {
          const data = entry.dataset;
          const control = document.getElementById(data.herneTarget);
          const isEarly = data.herneKind === 'missing' && control && !visited.has(fieldOf(control));
          if (control && !isEarly) { mark(control, data.herneKind, data.herneBrief, 'herne-note-' + number); }
        });
      }

      function show(html) {
        failures = 0;
        trouble.hidden = true;
        panel.classList.remove('herne-check-old');
        const isNew = html !== shown;
        if (isNew) { notes.innerHTML = shown = html; }
        if (outdate(changed) || isNew) { place(); }
        say(notes.querySelector('[data-herne-summary]').textContent);
      }

      function complain(answer) {
        failures += 1;
        const isRefused = [400, 401, 403, 404].includes(answer?.status);
        const isBusy = answer?.status === 429;
        const wait = Number(answer?.headers.get('Retry-After')) * 1000 || Math.min(LONGEST, 2500 * 2 ** failures);
        notBefore = Date.now() + wait;
        trouble.textContent = isBusy ? options.busy : isRefused ? options.refused : options.failed;
        trouble.hidden = false;
        panel.classList.add('herne-check-old');
        say(options.stopped);
        asked = null;
        if (!isRefused) { plan(wait); }
      }

      async function ask() {
        const data = content(form);
        const now = JSON.stringify([...data]);
        if (now === asked) { return; }
        running?.abort();
        const mine = running = new AbortController();
        const limit = setTimeout(() => mine.abort(), PATIENCE);
        asked = now;
        let answer = null;
        try {
          answer = await fetch(options.url, { method: 'POST', body: data, signal: mine.signal });
          const html = answer.ok && !answer.redirected ? await answer.text() : null;
          if (mine !== running) { return; }
          calmly(() => { if (html === null) { complain(answer); } else { show(html); } });
        } catch {
          if (mine === running) { calmly(() => complain(answer?.ok ? null : answer)); }
        } finally {
          clearTimeout(limit);
        }
      }

      function plan(wait) {
        clearTimeout(timer);
        timer = setTimeout(ask, Math.max(wait, notBefore - Date.now()));
      }

      function note(event) {
        changed.add(fieldOf(event.target));
        plan(REST);
      }

      form.addEventListener('input', note);
      form.addEventListener('change', note);
      form.addEventListener('click', () => plan(REST)); // entries are added and removed by buttons
      form.addEventListener('focusout', function (event) {
        const field = fieldOf(event.target);
        if (!visited.has(field)) { visited.add(field); calmly(place); }
      });
      plan(0);
    }
  };
});
