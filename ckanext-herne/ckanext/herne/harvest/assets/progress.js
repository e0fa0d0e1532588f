// Keeps the part about the run under way current; when the run is over, the page is loaded anew.
(() => {
  "use strict";

  const PAUSE = 3000; // milliseconds between two questions
  const place = document.querySelector("[data-herne-progress]");
  if (!place) return;

  async function ask() {
    const answer = await fetch(place.dataset.herneProgress, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const text = (await answer.text()).trim();
    if (!text) return location.reload();
    // who listens hears of it only if it says something else
    if (text !== place.dataset.herneShown) place.innerHTML = text;
    place.dataset.herneShown = text;
    setTimeout(keepAsking, PAUSE);
  }

  function keepAsking() {
    ask().catch(() => setTimeout(keepAsking, 10 * PAUSE));
  }

  setTimeout(keepAsking, PAUSE);
})();
