// A picture that can be zoomed and moved, with joints over it that can be dragged.
// All positions are pixels of the picture, (0, 0) being the centre of the first one; SVG has its corner there.

const SVG = 'http://www.w3.org/2000/svg';
const CLICK = 4; // a pointer that moves less, in pixels of the screen, has clicked

function element(name, attributes = {}, parent = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

export class View {
  // actions: moved(joint, point, done), chosen(joint), clicked(point), boxed(box); those that are left out are off
  constructor(root, actions = {}, empty = 'Open a picture, or drop one here') {
    this.root = root;
    this.actions = actions;
    this.size = null;
    this.points = [];
    this.skeleton = null;
    this.chosen = -1;
    this.shown = true;
    this.mode = actions.clicked ? 'place' : 'pan';
    this.svg = element('svg', { role: 'group', 'aria-label': 'Picture' });
    this.image = element('image', { preserveAspectRatio: 'none' }, this.svg);
    this.links = element('g', {}, this.svg);
    this.box = element('rect', { class: 'frame-box', visibility: 'hidden' }, this.svg);
    this.joints = element('g', { class: actions.moved ? '' : 'fixed' }, this.svg);
    this.empty = document.createElement('div');
    this.empty.className = 'empty';
    this.empty.textContent = empty;
    const zoom = document.createElement('div');
    zoom.className = 'zoom';
    for (const [text, label, act] of [
      ['−', 'Smaller', () => this.zoom(1 / 1.4)],
      ['+', 'Larger', () => this.zoom(1.4)],
      ['⤢', 'Fit', () => this.fit()],
    ]) {
      const button = document.createElement('button');
      button.textContent = text;
      button.ariaLabel = label;
      button.title = label;
      button.onclick = act;
      zoom.append(button);
    }
    root.append(this.svg, this.empty, zoom);
    this.setMode(this.mode);
    this.listen();
    new ResizeObserver(() => this.scale()).observe(root);
  }

  // Shows a picture once it is decoded, so that nothing flickers; the zoom stays while the size does.
  async setPicture(url, width, height) {
    const order = (this.order = (this.order ?? 0) + 1);
    if (url) {
      const picture = new Image();
      picture.src = url;
      try {
        await picture.decode();
      } catch {
        return;
      }
      if (order !== this.order) return;
      this.image.setAttribute('href', url);
      const side = { width: width ?? picture.naturalWidth, height: height ?? picture.naturalHeight };
      if (this.size?.width !== side.width || this.size?.height !== side.height) {
        this.size = side;
        this.image.setAttribute('width', side.width);
        this.image.setAttribute('height', side.height);
        this.fit();
      }
    } else {
      this.image.removeAttribute('href');
      this.size = null;
    }
    this.empty.hidden = Boolean(url);
    this.root.dataset.picture = url ? order : '';
  }

  setEmpty(text) {
    this.empty.textContent = text;
  }

  setSkeleton(skeleton) {
    this.skeleton = skeleton;
    this.joints.replaceChildren();
    this.links.replaceChildren();
    this.circles = skeleton.names.map((name, joint) => {
      const attributes = { class: 'joint', 'data-joint': joint, fill: skeleton.colors[joint], role: 'button' };
      return element('circle', { ...attributes, ...(this.actions.moved ? { tabindex: 0 } : {}) }, this.joints);
    });
    this.lines = skeleton.links.map(([, end]) => element('line', { class: 'link', stroke: skeleton.colors[end] }, this.links));
    this.setPoints(skeleton.names.map(() => null));
    this.scale();
  }

  // points: [x, y] for each joint, or null where it is not placed
  setPoints(points) {
    this.points = points;
    points.forEach((point, joint) => {
      const circle = this.circles[joint];
      circle.setAttribute('visibility', point && this.shown ? 'visible' : 'hidden');
      if (!point) return;
      circle.setAttribute('cx', point[0] + 0.5);
      circle.setAttribute('cy', point[1] + 0.5);
      circle.setAttribute('aria-label', `${this.skeleton.names[joint]}, x ${point[0].toFixed(1)}, y ${point[1].toFixed(1)}`);
    });
    this.skeleton?.links.forEach(([start, end], number) => {
      const [a, b] = [points[start], points[end]];
      const line = this.lines[number];
      line.setAttribute('visibility', a && b && this.shown ? 'visible' : 'hidden');
      if (!a || !b) return;
      for (const [key, value] of [['x1', a[0]], ['y1', a[1]], ['x2', b[0]], ['y2', b[1]]]) line.setAttribute(key, value + 0.5);
    });
  }

  setShown(shown) {
    this.shown = shown;
    if (this.skeleton) this.setPoints(this.points);
  }

  choose(joint) {
    this.chosen = joint;
    this.circles?.forEach((circle, number) => circle.classList.toggle('chosen', number === joint));
  }

  focus(joint) {
    this.circles?.[joint]?.focus({ preventScroll: true });
  }

  setBox(box) {
    this.box.setAttribute('visibility', box ? 'visible' : 'hidden');
    if (!box) return;
    const [x1, y1, x2, y2] = box;
    for (const [key, value] of [['x', x1], ['y', y1], ['width', x2 - x1], ['height', y2 - y1]]) this.box.setAttribute(key, value);
  }

  setMode(mode) {
    this.mode = mode;
    this.root.classList.remove('pan', 'place', 'box');
    this.root.classList.add(mode);
  }

  fit() {
    if (!this.size) return;
    this.seen = { x: 0, y: 0, width: this.size.width, height: this.size.height };
    this.scale();
  }

  zoom(factor, at = null) {
    if (!this.size) return;
    const wanted = Math.min(Math.max(this.seen.width / factor, this.size.width / 64), this.size.width * 2);
    const real = this.seen.width / wanted;
    const x = at ? at[0] + 0.5 : this.seen.x + this.seen.width / 2;
    const y = at ? at[1] + 0.5 : this.seen.y + this.seen.height / 2;
    this.seen = {
      x: x - (x - this.seen.x) / real,
      y: y - (y - this.seen.y) / real,
      width: this.seen.width / real,
      height: this.seen.height / real,
    };
    this.scale();
  }

  scale() {
    if (!this.size) return;
    const { x, y, width, height } = this.seen;
    this.svg.setAttribute('viewBox', `${x} ${y} ${width} ${height}`);
    const screen = this.svg.getBoundingClientRect();
    if (!screen.width) return;
    const unit = Math.max(width / screen.width, height / screen.height); // pixels of the picture to one of the screen
    this.unit = unit;
    this.circles?.forEach((circle) => circle.setAttribute('r', 6.5 * unit));
    // pixels are shown as such where they are large
    this.image.style.imageRendering = unit < 1 / 6 ? 'pixelated' : 'auto';
  }

  at(event) {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [place.x - 0.5, place.y - 0.5];
  }

  inside([x, y]) {
    return [Math.min(Math.max(x, -0.5), this.size.width - 0.5), Math.min(Math.max(y, -0.5), this.size.height - 0.5)];
  }

  listen() {
    this.svg.addEventListener('wheel', (event) => {
      if (!this.size) return;
      event.preventDefault();
      this.zoom(1.0015 ** -event.deltaY, this.at(event));
    }, { passive: false });
    this.svg.addEventListener('dblclick', () => this.mode === 'pan' && this.fit());
    this.svg.addEventListener('focusin', (event) => {
      const joint = event.target.dataset?.joint;
      if (joint !== undefined) this.actions.chosen?.(Number(joint));
    });
    this.svg.addEventListener('pointerdown', (event) => {
      if (!this.size || event.button > 1) return;
      const joint = event.target.dataset?.joint;
      if (this.mode === 'box') this.drawBox(event);
      else if (joint !== undefined && this.actions.moved && !event.shiftKey) this.drag(event, Number(joint));
      else this.pan(event);
    });
  }

  // Follows the pointer until it is lifted.
  follow(event, move, end) {
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    const stop = new AbortController();
    const options = { signal: stop.signal };
    const finish = (last) => {
      stop.abort();
      end(last);
    };
    this.svg.addEventListener('pointermove', move, options);
    this.svg.addEventListener('pointerup', finish, options);
    this.svg.addEventListener('pointercancel', finish, options);
  }

  drag(event, joint) {
    const [x, y] = this.at(event);
    const offset = [this.points[joint][0] - x, this.points[joint][1] - y];
    const place = (now) => this.inside(this.at(now).map((value, axis) => value + offset[axis]));
    this.focus(joint);
    this.actions.chosen?.(joint);
    let moved = false;
    this.follow(
      event,
      (now) => {
        moved = true;
        this.actions.moved(joint, place(now), false);
      },
      (last) => moved && this.actions.moved(joint, last.type === 'pointerup' ? place(last) : this.points[joint], true),
    );
  }

  pan(event) {
    const start = this.at(event);
    const [left, top] = [event.clientX, event.clientY];
    let far = false;
    this.follow(
      event,
      (now) => {
        far ||= Math.hypot(now.clientX - left, now.clientY - top) >= CLICK;
        if (!far) return;
        const here = this.at(now);
        this.seen.x -= here[0] - start[0];
        this.seen.y -= here[1] - start[1];
        this.scale();
      },
      (last) => {
        const [x, y] = start;
        const hit = x >= -0.5 && y >= -0.5 && x < this.size.width - 0.5 && y < this.size.height - 0.5;
        if (!far && hit && last.type === 'pointerup' && event.button === 0) this.actions.clicked?.(start);
      },
    );
  }

  drawBox(event) {
    const start = this.inside(this.at(event));
    const corners = (now) => {
      const end = this.inside(this.at(now));
      const low = [0, 1].map((axis) => Math.round(Math.min(start[axis], end[axis]) + 0.5));
      const high = [0, 1].map((axis) => Math.round(Math.max(start[axis], end[axis]) + 0.5));
      return [...low, ...high];
    };
    this.follow(
      event,
      (now) => this.setBox(corners(now)),
      (last) => {
        const box = corners(last);
        this.actions.boxed?.(box[2] - box[0] >= 4 && box[3] - box[1] >= 4 ? box : null);
      },
    );
  }
}
