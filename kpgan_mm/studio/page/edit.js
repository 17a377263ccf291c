// Figures 9 and 10 of the paper: move joints and have the picture painted again, with its own look or another's.

import { latest, post } from './api.js';
import { byId, fillJoints, nudge, shortName } from './dom.js';
import { History } from './history.js';
import { showing, toast } from './toasts.js';
import { View } from './view.js';

export class Edit {
  constructor(library, models) {
    this.library = library;
    this.models = models;
    this.number = 0; // of the model
    this.chosen = 0;
    this.points = null; // in pixels of the picture
    this.found = null; // the same as the model has read them
    this.appearance = null; // a view of the server
    this.history = new History(null);
    const actions = {
      moved: (joint, point, done) => this.move(joint, point, done),
      chosen: (joint) => this.choose(joint),
      boxed: (box) => this.setBox(box),
    };
    this.picture = new View(byId('edit-picture'), actions);
    const painted = { moved: (joint, point, done) => this.move(joint, this.toPicture(point), done), chosen: actions.chosen };
    this.painted = new View(byId('edit-painted'), painted, 'What the model paints comes here');
    this.read = latest(showing(this.readNow.bind(this)));
    this.paint = latest(showing(this.paintNow.bind(this)));
    byId('undo').onclick = () => this.step(-1);
    byId('redo').onclick = () => this.step(1);
    byId('reset-joint').onclick = () => this.resetJoint();
    byId('reset-all').onclick = () => this.resetAll();
    byId('edit-box').onclick = () => this.picture.setMode(this.picture.mode === 'box' ? 'pan' : 'box');
    byId('edit-whole').onclick = () => library.current && (library.box = null);
    byId('show-joints').onchange = (event) => [this.picture, this.painted].forEach((view) => view.setShown(event.target.checked));
    byId('appearance-here').onclick = () => this.setAppearance(this.library.view);
    byId('appearance-own').onclick = () => this.setAppearance(null);
    byId('exchange').onclick = showing(() => this.exchange());
    byId('save-picture').onclick = () => this.savePicture();
    this.showButtons();
  }

  get model() {
    return this.models[this.number];
  }

  setModel(number) {
    this.number = number;
    this.show();
  }

  // Called when the tab opens, and when picture, frame, box or model are others.
  async show() {
    const { library, model } = this;
    if (!model) {
      this.picture.setEmpty('Start the studio with a checkpoint to see what it reads and paints; joints can be placed without');
    }
    if (!library.current) return;
    await this.picture.setPicture(library.url, library.current.width, library.current.height);
    this.picture.setBox(library.box);
    byId('edit-size').textContent = `${library.current.width} × ${library.current.height}`;
    if (model) await this.read(library.view, this.appearance);
  }

  async readNow(view, appearance) {
    const { model } = this;
    const usable = appearance && !model.cannot.swap ? appearance : null;
    const answer = await post('read', { model: this.number, view, appearance: usable });
    if (view.path !== this.library.view.path || view.frame !== this.library.view.frame) return;
    this.skeleton = { ...model.skeleton, links: answer.links ?? model.skeleton.links };
    this.crop = answer.crop;
    this.scores = answer.scores;
    this.picture.setSkeleton(this.skeleton);
    this.painted.setSkeleton(this.skeleton);
    this.found = answer.keypoints;
    this.points = answer.keypoints.map((point) => [...point]);
    this.history.reset(this.points);
    this.tiles(answer.pictures);
    await this.showPainted(answer.pictures.reconstruction ?? answer.pictures.crop);
    byId('edit-time').textContent = '';
    this.draw();
    const notes = [model.cannot.reconstruct ?? model.cannot.drag, usable === appearance ? '' : model.cannot.swap, ...model.notes];
    byId('edit-note').textContent = notes.filter(Boolean).join(' ');
    byId('edit-note').hidden = !byId('edit-note').textContent;
    byId('edit').dataset.ready = `${view.path}#${view.frame}#${appearance?.path ?? ''}`;
  }

  async paintNow(points) {
    const start = performance.now();
    const appearance = this.model.cannot.swap ? null : this.appearance;
    const answer = await post('paint', { model: this.number, view: this.library.view, appearance, keypoints: points });
    if (this.points === null) return;
    await this.showPainted(answer.pictures.reconstruction);
    byId('tile-clean').src = answer.pictures.clean_skeleton;
    const time = Math.round(performance.now() - start);
    byId('edit-time').textContent = `painted in ${time} ms`;
    byId('edit').dataset.painted = Number(byId('edit').dataset.painted ?? 0) + 1;
  }

  showPainted(url) {
    this.paintedUrl = url;
    const [width, height] = this.crop.size;
    return this.painted.setPicture(url, width, height);
  }

  tiles(pictures) {
    for (const [id, name] of [['skeleton', 'skeleton'], ['clean', 'clean_skeleton'], ['crop', 'crop'], ['appearance', 'appearance']]) {
      const tile = byId(`tile-${id}`);
      if (pictures[name]) tile.src = pictures[name];
      else tile.removeAttribute('src');
    }
    byId('appearance-name').textContent = this.appearance
      ? `${shortName(this.appearance.path)}, frame ${this.appearance.frame}`
      : 'this picture';
  }

  toCrop([x, y]) {
    const { size, center, scale } = this.crop;
    return [x, y].map((value, axis) => ((value - center[axis] + scale[axis] / 2) / scale[axis]) * size[axis]);
  }

  toPicture([x, y]) {
    const { size, center, scale } = this.crop;
    return [x, y].map((value, axis) => (value / size[axis]) * scale[axis] + center[axis] - scale[axis] / 2);
  }

  move(joint, point, done) {
    if (!this.points) return;
    if (this.model.cannot.drag) {
      if (done) toast(this.model.cannot.drag, true);
      return;
    }
    this.points[joint] = point;
    if (done) this.history.push(this.points);
    this.draw();
    this.paint(this.points.map((place) => [...place]));
  }

  draw() {
    if (!this.points) return;
    this.picture.setPoints(this.points);
    this.painted.setPoints(this.points.map((point) => this.toCrop(point)));
    this.choose(this.chosen);
    this.showButtons();
  }

  choose(joint) {
    this.chosen = Math.min(joint, this.points.length - 1);
    [this.picture, this.painted].forEach((view) => view.choose(this.chosen));
    const text = this.points.map(([x, y], k) => `${x.toFixed(1)}, ${y.toFixed(1)}  ·  ${(this.scores[k] ?? 0).toFixed(2)}`);
    fillJoints(byId('edit-joints'), this.skeleton, text, this.chosen, (other) => {
      this.choose(other);
      this.picture.focus(other);
    });
  }

  showButtons() {
    byId('undo').disabled = !this.history.canUndo;
    byId('redo').disabled = !this.history.canRedo;
    const changed = this.points && JSON.stringify(this.points) !== JSON.stringify(this.found);
    byId('reset-all').disabled = byId('reset-joint').disabled = !changed;
    byId('save-picture').disabled = !this.paintedUrl;
    byId('appearance-own').disabled = byId('exchange').disabled = !this.appearance;
  }

  setPoints(points) {
    this.points = points;
    this.draw();
    this.paint(points.map((place) => [...place]));
  }

  step(by) {
    const points = this.history.step(by);
    if (points) this.setPoints(points);
  }

  resetJoint() {
    if (this.points) this.move(this.chosen, [...this.found[this.chosen]], true);
  }

  resetAll() {
    if (!this.points) return;
    this.history.push(this.found);
    this.setPoints(this.found.map((point) => [...point]));
  }

  setBox(box) {
    this.picture.setMode('pan');
    this.library.box = box ?? this.library.box;
  }

  setAppearance(view) {
    if (view && this.model?.cannot.swap) {
      toast(this.model.cannot.swap, true);
      return;
    }
    this.appearance = view;
    if (view) toast('this look is kept: now open the picture that gives the pose');
    this.library.dispatchEvent(new Event('change'));
  }

  async exchange() {
    if (!this.appearance) return;
    const { path, frame } = this.appearance;
    this.appearance = this.library.view;
    await this.library.open(path, frame);
  }

  savePicture() {
    const link = document.createElement('a');
    link.href = this.paintedUrl;
    link.download = `painted-${shortName(this.library.current.path).replace(/\.\w+$/, '')}-${this.library.number}.png`;
    link.click();
  }

  press(event) {
    const key = event.key.toLowerCase();
    const step = nudge(event);
    if (step && this.points) {
      const [x, y] = this.points[this.chosen];
      this.move(this.chosen, this.picture.inside([x + step[0], y + step[1]]), true);
    } else if (key === 'r') event.shiftKey ? this.resetAll() : this.resetJoint();
    else if (key === 'a') event.shiftKey ? this.setAppearance(null) : this.library.current && this.setAppearance(this.library.view);
    else if (key === 'x') byId('exchange').click();
    else if (key === 'b') (event.shiftKey ? byId('edit-whole') : byId('edit-box')).click();
    else if (key === 'j') byId('show-joints').click();
    else if ((key === '[' || key === ']') && this.points) {
      this.choose((this.chosen + (key === ']' ? 1 : -1) + this.points.length) % this.points.length);
      this.picture.focus(this.chosen);
    } else return false;
    return true;
  }
}
