// Makes the drawn charts interactive: the page has each as Vega-Lite, too. Where that fails the pictures stay.
(() => {
  "use strict";

  // So that nothing is needed which a Content-Security-Policy forbids: no eval, no inline styles.
  const OPTIONS = { actions: false, ast: true, defaultStyle: false, renderer: "svg", tooltip: { disableDefaultStyle: true } };

  async function enliven(specification) {
    const picture = specification.parentElement.querySelector("img");
    const chart = document.createElement("div");
    await import(specification.dataset.herneChart);
    await window.vegaEmbed(chart, JSON.parse(specification.textContent), OPTIONS);
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", picture.alt);
    picture.replaceWith(chart);
  }

  document.querySelectorAll("[data-herne-chart]").forEach((specification) => {
    enliven(specification).catch((error) => console.warn("The chart stays a picture:", error));
  });
})();
