// Two models on the same picture.

import { latest, post } from './api.js';
import { byId, fillSelect } from './dom.js';
import { showing } from './toasts.js';
import { View } from './view.js';

const TILES = [['skeleton', 'Raw skeleton'], ['clean_skeleton', 'Clean skeleton'], ['reconstruction', 'Painted'], ['crop', 'Seen']];

export class Compare {
  constructor(library, models) {
    this.library = library;
    this.models = models;
    this.sides = ['a', 'b'].map((side, place) => {
      const select = byId(`compare-${side}`);
      fillSelect(select, models.map((model) => model.name), place);
      select.onchange = () => this.show();
      return { select, view: new View(byId(`compare-view-${side}`)), tiles: byId(`compare-tiles-${side}`) };
    });
    this.read = latest(showing(this.readNow.bind(this)));
  }

  async show() {
    const { library, models } = this;
    if (models.length < 2) {
      byId('compare-note').textContent = 'Start the studio with two checkpoints to compare them: studio A.pth B.pth';
    }
    if (!library.current || !models.length) return;
    await Promise.all(
      this.sides.map(({ view }) => view.setPicture(library.url, library.current.width, library.current.height)),
    );
    this.sides.forEach(({ view }) => view.setBox(library.box));
    await this.read(library.view);
  }

  async readNow(view) {
    const answers = [];
    for (const side of this.sides) {
      const number = Number(side.select.value);
      const answer = await post('read', { model: number, view });
      const { skeleton } = this.models[number];
      side.view.setSkeleton({ ...skeleton, links: answer.links ?? skeleton.links });
      side.view.setPoints(answer.keypoints);
      side.tiles.replaceChildren(...TILES.map(([name, title]) => tile(answer.pictures[name], title)));
      answers.push({ ...answer, names: skeleton.names });
    }
    const [a, b] = answers;
    if (this.models.length > 1) byId('compare-note').textContent = difference(a, b);
    byId('compare').dataset.ready = `${view.path}#${view.frame}`;
  }

  press() {
    return false;
  }
}

function tile(url, title) {
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent = title;
  const image = document.createElement('img');
  image.alt = title;
  if (url) image.src = url;
  figure.append(caption, image);
  return figure;
}

function difference(a, b) {
  if (JSON.stringify(a.names) !== JSON.stringify(b.names)) return 'The two have different joints.';
  const distances = a.keypoints.map(([x, y], joint) => Math.hypot(x - b.keypoints[joint][0], y - b.keypoints[joint][1]));
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  const largest = Math.max(...distances);
  const joint = a.names[distances.indexOf(largest)];
  return `Joints of the two are ${mean.toFixed(1)} pixels apart on average, at most ${largest.toFixed(1)} (${joint}).`;
}
