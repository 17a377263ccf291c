// Curves over iterations, drawn as SVG.

const SVG = 'http://www.w3.org/2000/svg';
const MARGIN = { left: 56, right: 10, top: 8, bottom: 20 };

function element(name, attributes, parent, text = '') {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  parent.append(made);
  return made;
}

export const curveColor = (number) => `hsl(${(number * 137.5) % 360} 65% 52%)`;

function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(value);
  return found;
}

const short = (value) => (Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-3) ? value.toExponential(1) : String(Number(value.toPrecision(4))));

// curves: [{name, color, x, y}]; tell(text) says what is under the pointer
export function drawChart(root, curves, logarithmic, tell) {
  root.replaceChildren();
  const { width, height } = root.getBoundingClientRect();
  const shown = curves
    .map((curve) => {
      const kept = curve.x.map((x, place) => [x, curve.y[place]]).filter(([, y]) => !logarithmic || y > 0);
      return { ...curve, places: kept.map(([x, y]) => [x, logarithmic ? Math.log10(y) : y]) };
    })
    .filter((curve) => curve.places.length);
  if (!shown.length || width < 80 || height < 60) return;
  const svg = element('svg', { role: 'img', 'aria-label': `Curves: ${shown.map((curve) => curve.name).join(', ')}` }, root);
  const all = shown.flatMap((curve) => curve.places);
  const range = (axis) => {
    const values = all.map((place) => place[axis]);
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    return high > low ? [low, high] : [low - 0.5, high + 0.5];
  };
  const [[left, right], [low, high]] = [range(0), range(1)];
  const toX = (x) => MARGIN.left + ((x - left) / (right - left)) * (width - MARGIN.left - MARGIN.right);
  const toY = (y) => height - MARGIN.bottom - ((y - low) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);
  for (const value of ticks(low, high, Math.max(2, height / 45))) {
    element('line', { class: 'grid', x1: MARGIN.left, x2: width - MARGIN.right, y1: toY(value), y2: toY(value) }, svg);
    element('text', { x: MARGIN.left - 6, y: toY(value) + 4, 'text-anchor': 'end' }, svg, short(logarithmic ? 10 ** value : value));
  }
  for (const value of ticks(left, right, Math.max(2, width / 110))) {
    element('text', { x: toX(value), y: height - 4, 'text-anchor': 'middle' }, svg, short(value));
  }
  for (const curve of shown) {
    const points = curve.places.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join(' ');
    element('polyline', { points, stroke: curve.color }, svg);
    if (curve.places.length === 1) {
      const [[x, y]] = curve.places;
      element('circle', { cx: toX(x), cy: toY(y), r: 3, fill: curve.color }, svg);
    }
  }
  svg.onpointermove = (event) => {
    const corner = svg.getBoundingClientRect();
    const [x, y] = [event.clientX - corner.left, event.clientY - corner.top];
    let best = null;
    for (const curve of shown) {
      for (const [at, value] of curve.places) {
        const distance = Math.hypot(toX(at) - x, toY(value) - y);
        if (!best || distance < best.distance) best = { distance, curve, at, value };
      }
    }
    tell(`${best.curve.name} at ${best.at}: ${short(logarithmic ? 10 ** best.value : best.value)}`);
  };
  svg.onpointerleave = () => tell('');
}
