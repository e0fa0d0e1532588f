// Makes the drawn charts interactive. Where that fails the pictures stay as they are.
(() => {
  "use strict";

  // So that nothing is needed which the Content-Security-Policy forbids: no eval, no inline styles.
  const OPTIONS = { actions: false, ast: true, defaultStyle: false, renderer: "svg", tooltip: { disableDefaultStyle: true } };

  async function specification(address) {
    const response = await fetch(address);
    if (!response.ok) {
      throw new Error(`${address}: ${response.status}`);
    }
    return response.json();
  }

  async function enliven(picture) {
    const { herneChart, herneLibrary } = picture.dataset;
    const [spec] = await Promise.all([specification(herneChart), import(herneLibrary)]);
    const chart = document.createElement("div");
    await window.vegaEmbed(chart, spec, OPTIONS);
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", picture.alt);
    picture.replaceWith(chart);
  }

  document.querySelectorAll("[data-herne-chart]").forEach((picture) => {
    enliven(picture).catch((error) => console.warn("The chart stays a picture:", error));
  });
})();
