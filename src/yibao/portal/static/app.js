// Everything works without this file: it offers to print, and reads a curve at the pointer.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const part of document.querySelectorAll("main details")) part.open = true;
    window.print();
  });
}

for (const figure of document.querySelectorAll("figure.curve[data-points]")) {
  const reading = figure.nextElementSibling;
  const points = figure.dataset.points.split(";").map((point) => point.split("|"));
  if (!reading || !reading.matches(".reading") || points.length < 2) continue;
  const slider = reading.querySelector("input"), output = reading.querySelector("output");
  const names = [...figure.previousElementSibling.querySelectorAll("li")].map((key) => key.textContent.trim());
  const rule = document.createElementNS("http://www.w3.org/2000/svg", "line");
  rule.setAttribute("class", "turn");
  rule.setAttribute("y1", "0");
  rule.setAttribute("y2", "100%");
  figure.querySelector("svg").append(rule);
  const show = (at) => {
    const [place, where, ...values] = points[at];
    const said = values.map((value, line) => value && `${names[line]} ${value}`).filter(Boolean);
    output.textContent = `${slider.getAttribute("aria-label")} ${where}  ·  ${said.join("  ·  ")}`;
    slider.value = at;
    slider.setAttribute("aria-valuetext", output.textContent);
    for (const end of ["x1", "x2"]) rule.setAttribute(end, `${place / 10}%`);
  };
  const near = (event) => {
    const box = figure.querySelector("svg").getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * 1000;
    const apart = (at) => Math.abs(points[at][0] - place);
    show(points.reduce((best, _, at) => (apart(at) < apart(best) ? at : best), 0));
  };
  reading.hidden = false;
  slider.max = points.length - 1;
  slider.addEventListener("input", () => show(Number(slider.value)));
  figure.addEventListener("pointermove", near);
  figure.addEventListener("pointerdown", near);
  const here = figure.querySelector("line.here");
  const marked = here ? parseFloat(here.getAttribute("x1")) * 10 : 0;
  const apart = (at) => Math.abs(points[at][0] - marked);
  show(points.reduce((best, _, at) => (apart(at) < apart(best) ? at : best), 0));
}
