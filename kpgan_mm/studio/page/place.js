// Place joints on a few frames by hand, and save them as an unpaired prior.

import { get, post } from './api.js';
import { button, byId, fillJoints, fillSelect, nudge, shortName } from './dom.js';
import { History } from './history.js';
import { confirmed, showing, toast } from './toasts.js';
import { View } from './view.js';

const SAVE_AFTER = 400; // milliseconds without a change

export class Place {
  constructor(library, skeletons, models) {
    this.library = library;
    this.skeletons = skeletons;
    this.poses = {}; // by frame: {path, frame, width, height, points, skipped}
    this.last = null; // the frame whose pose is copied
    this.chosen = 0;
    this.revision = null;
    this.history = new History({});
    this.view = new View(byId('place-picture'), {
      moved: (joint, point, done) => this.move(joint, point, done),
      chosen: (joint) => this.choose(joint),
      clicked: (point) => this.click(point),
      boxed: (box) => {
        this.view.setMode('place');
        this.library.box = box ?? this.library.box;
      },
    });
    fillSelect(byId('place-skeleton'), skeletons.map((skeleton) => `${skeleton.title} (${skeleton.names.length})`));
    byId('place-skeleton').onchange = showing(() => this.changeSkeleton());
    if (models[0]) {
      [byId('place-width').value, byId('place-height').value] = models[0].input_size;
      byId('place-padding').value = models[0].padding;
    }
    byId('place-previous').onclick = showing(() => this.go(-1));
    byId('place-forward').onclick = showing(() => this.go(1));
    byId('place-copy').onclick = () => this.copy();
    byId('place-skip').onclick = showing(() => this.skip());
    byId('place-clear').onclick = () => this.change((pose) => (pose.points = this.none()));
    byId('place-undo').onclick = () => this.step(-1);
    byId('place-redo').onclick = () => this.step(1);
    byId('place-box').onclick = () => this.view.setMode(this.view.mode === 'box' ? 'place' : 'box');
    byId('place-whole').onclick = () => library.current && (library.box = null);
    byId('place-save').onsubmit = (event) => {
      event.preventDefault();
      showing(() => this.save())();
    };
    for (const id of ['place-width', 'place-height', 'place-padding', 'place-path', 'place-step']) byId(id).onchange = () => this.keep();
    this.write = showing(this.write.bind(this));
    this.setSkeleton(0);
  }

  get skeleton() {
    return this.skeletons[Number(byId('place-skeleton').value)];
  }

  get key() {
    return this.library.current && `${this.library.current.path}#${this.library.number}`;
  }

  get pose() {
    return this.poses[this.key] ?? null;
  }

  none() {
    return this.skeleton.names.map(() => null);
  }

  // Takes up what was being placed when the page was left.
  async recover() {
    let draft;
    try {
      draft = await get('draft');
    } catch (error) {
      this.stopKeeping(error.message);
      return;
    }
    const { revision, content } = draft;
    this.revision = revision;
    if (!content) return;
    const number = this.skeletons.findIndex((skeleton) => JSON.stringify(skeleton.names) === JSON.stringify(content.names));
    if (number < 0) {
      this.stopKeeping(
        'studio/draft.json in the project folder has joints of another skeleton, which this studio does not know: ' +
          'start it with that --skeleton, or move the file away, and reload this page',
      );
      return;
    }
    byId('place-skeleton').value = number;
    for (const [id, value] of Object.entries(content.form ?? {})) byId(`place-${id}`).value = value;
    this.setSkeleton(number);
    this.poses = content.poses;
    this.library.boxes = { ...content.boxes, ...this.library.boxes };
    this.history.reset(this.poses);
    const count = this.complete().length;
    if (count) toast(`${count} ${count === 1 ? 'pose' : 'poses'} of the draft recovered`);
    this.draw();
  }

  async show() {
    const { library } = this;
    if (!library.current) {
      this.drawList();
      return;
    }
    await this.view.setPicture(library.url, library.current.width, library.current.height);
    this.view.setBox(library.box);
    byId('place-frame').textContent = `${shortName(library.current.path)}${library.current.frames > 1 ? `, frame ${library.number}` : ''}`;
    this.chooseNext();
    this.draw();
    byId('place').dataset.ready = this.key;
  }

  setSkeleton() {
    this.view.setSkeleton(this.skeleton);
    this.chosen = 0;
    this.draw();
  }

  async changeSkeleton() {
    const count = Object.keys(this.poses).length;
    const before = this.names;
    const number = this.skeletons.findIndex((skeleton) => skeleton.names === before);
    if (count && !(await confirmed(`Another skeleton has other joints: the ${count} poses that are being placed are removed.`, 'Remove'))) {
      byId('place-skeleton').value = number;
      return;
    }
    this.poses = {};
    this.last = null;
    this.history.reset(this.poses);
    this.setSkeleton();
    this.keep();
  }

  click(point) {
    if (!this.library.current) return;
    this.change((pose) => (pose.points[this.chosen] = point));
    this.chooseNext();
    this.draw();
  }

  move(joint, point, done) {
    this.change((pose) => (pose.points[joint] = point), done);
  }

  // Applies a change to the pose of this frame, which is made if there is none.
  change(apply, done = true) {
    if (!this.library.current) return;
    const { path, width, height } = this.library.current;
    const pose = this.pose ?? { path, frame: this.library.number, width, height, points: this.none(), skipped: false };
    pose.skipped = false;
    apply(pose);
    this.poses[this.key] = pose;
    if (pose.points.every((point) => !point) && !pose.skipped) delete this.poses[this.key];
    if (pose.points.some(Boolean)) this.last = this.key;
    if (done) {
      this.history.push(this.poses);
      this.keep();
    }
    this.draw();
  }

  chooseNext() {
    const points = this.pose?.points ?? this.none();
    const next = points.findIndex((point, joint) => !point && joint >= this.chosen);
    const open = next < 0 ? points.findIndex((point) => !point) : next;
    if (open >= 0) this.chosen = open;
  }

  choose(joint) {
    this.chosen = joint;
    this.draw();
  }

  copy() {
    const from = this.poses[this.last];
    if (!from || !this.library.current || this.last === this.key) {
      toast('there is no pose on another frame to copy', true);
      return;
    }
    this.change((pose) => (pose.points = from.points.map((point) => point && [...point])));
  }

  async skip() {
    if (!this.library.current) return;
    this.change((pose) => {
      pose.points = this.none();
      pose.skipped = true;
    });
    await this.go(1);
  }

  async go(direction) {
    if (!(await this.library.step(direction, Number(byId('place-step').value) || 1))) toast('there is no further frame');
    this.chosen = 0;
    this.chooseNext();
    this.draw();
  }

  step(by) {
    const poses = this.history.step(by);
    if (!poses) return;
    this.poses = poses;
    this.chosen = 0;
    this.chooseNext();
    this.keep();
    this.draw();
  }

  complete() {
    return Object.values(this.poses).filter((pose) => !pose.skipped && pose.points.every(Boolean));
  }

  draw() {
    const points = this.pose?.points ?? this.none();
    this.view.setPoints(points);
    this.view.choose(points[this.chosen] ? this.chosen : -1);
    const whole = points.every(Boolean);
    byId('place-next').textContent = whole ? 'nothing more: the pose is complete' : this.skeleton.names[this.chosen];
    const text = points.map((point) => (point ? point.map((value) => value.toFixed(1)).join(', ') : ''));
    fillJoints(byId('place-joints'), this.skeleton, text, this.chosen, (joint) => this.choose(joint));
    byId('place-undo').disabled = !this.history.canUndo;
    byId('place-redo').disabled = !this.history.canRedo;
    this.names = this.skeleton.names;
    this.drawList();
  }

  drawList() {
    const poses = Object.entries(this.poses);
    byId('place-count').textContent = `${this.complete().length} complete`;
    byId('place-poses').replaceChildren(
      ...poses.map(([key, pose]) => {
        const item = document.createElement('li');
        const made = button(`${shortName(pose.path)} · ${pose.frame}`, () => this.library.open(pose.path, pose.frame));
        made.setAttribute('aria-current', key === this.key);
        const state = document.createElement('span');
        const placed = pose.points.filter(Boolean).length;
        state.className = placed === pose.points.length ? 'state done' : 'state';
        state.textContent = pose.skipped ? 'skipped' : placed === pose.points.length ? '✓' : `${placed}/${pose.points.length}`;
        made.append(state);
        item.append(made);
        return item;
      }),
    );
  }

  // Writes the draft a moment after the last change.
  keep() {
    byId('place').dataset.kept = 'no';
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), SAVE_AFTER);
  }

  async write() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.revision === null) return;
    // one after the other, as each builds on the revision of the one before
    this.writing = (this.writing ?? Promise.resolve()).catch(() => {}).then(async () => {
      const form = Object.fromEntries(['width', 'height', 'padding', 'path', 'step'].map((id) => [id, byId(`place-${id}`).value]));
      const content = { names: this.skeleton.names, poses: this.poses, boxes: this.library.boxes, form };
      try {
        this.revision = (await post('draft', { revision: this.revision, content })).revision;
        if (!this.timer) byId('place').dataset.kept = 'yes';
      } catch (error) {
        if (error.status === 409) this.stopKeeping(error.message);
        throw error;
      }
    });
    await this.writing;
  }

  // From now on nothing is written to the draft; the page says so until it is reloaded.
  stopKeeping(why) {
    this.revision = null;
    byId('place-off').textContent = `Poses are not kept when this page is left, only what you save as a prior: ${why}.`;
    byId('place-off').hidden = false;
  }

  get unsaved() {
    return byId('place').dataset.kept === 'no';
  }

  async save() {
    const path = byId('place-path').value.trim();
    const request = {
      path,
      overwrite: false,
      names: this.skeleton.names,
      input_size: [Number(byId('place-width').value), Number(byId('place-height').value)],
      padding: Number(byId('place-padding').value),
      poses: Object.values(this.poses)
        .filter((pose) => !pose.skipped)
        .map((pose) => ({
          frame: `${pose.path}#${pose.frame}`,
          box: this.library.boxes[pose.path] ?? [0, 0, pose.width, pose.height],
          points: pose.points,
        })),
    };
    let answer;
    try {
      answer = await post('prior', request);
    } catch (error) {
      if (error.status !== 409 || !(await confirmed(`${path} exists already. Replace it?`, 'Replace'))) {
        if (error.status === 409) return;
        throw error;
      }
      answer = await post('prior', { ...request, overwrite: true });
    }
    if (this.revision === null && !answer.left_out) byId('place').dataset.kept = 'yes';
    const left = answer.left_out ? `; ${answer.left_out} incomplete left out` : '';
    toast(`saved ${answer.saved} ${answer.saved === 1 ? 'pose' : 'poses'} to ${answer.path}${left}`);
    byId('place-config').textContent = answer.config;
    byId('place-config').hidden = false;
  }

  press(event) {
    const key = event.key.toLowerCase();
    const step = nudge(event);
    const point = this.pose?.points[this.chosen];
    if (step && point) this.move(this.chosen, this.view.inside([point[0] + step[0], point[1] + step[1]]), true);
    else if (step) return false;
    else if (event.key === 'Delete' || event.key === 'Backspace') this.change((pose) => (pose.points[this.chosen] = null));
    else if (key === 'n') byId('place-forward').click();
    else if (key === 'p') byId('place-previous').click();
    else if (key === 'c') this.copy();
    else if (key === 's') byId('place-skip').click();
    else if (key === 'b') (event.shiftKey ? byId('place-whole') : byId('place-box')).click();
    else if (key === '[' || key === ']') {
      const count = this.skeleton.names.length;
      this.choose((this.chosen + (key === ']' ? 1 : -1) + count) % count);
    } else return false;
    return true;
  }
}
