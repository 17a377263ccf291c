// Puts the page together: tabs, model, theme, keys, and what survives a reload.

import { get } from './api.js';
import { Compare } from './compare.js';
import { byId, fillSelect } from './dom.js';
import { Edit } from './edit.js';
import { Library } from './library.js';
import { Place } from './place.js';
import { Runs } from './runs.js';
import { showing, toast } from './toasts.js';

const KEYS = [
  ['1 2 3 4', 'Edit, Place joints, Compare, Runs'],
  ['O', 'open a picture or video'],
  [', .', 'previous, next frame'],
  ['Arrows', 'move the chosen joint by a pixel (Shift: 10, Alt: 0.1); in Runs: previous, next sheet'],
  ['[ ]', 'choose the previous, next joint; Tab goes through them as well'],
  ['Ctrl+Z, Ctrl+Shift+Z', 'undo, redo'],
  ['+ − 0', 'zoom in, out, fit; so does the wheel, and dragging the picture moves it'],
  ['B, Shift+B', 'draw the box in which the figure is; the whole picture'],
  ['R, Shift+R', 'Edit: reset the chosen joint, all joints'],
  ['A, Shift+A', 'Edit: keep the look of this picture; back to its own'],
  ['X', 'Edit: exchange pose and appearance'],
  ['J', 'Edit: joints on or off'],
  ['N, P', 'Place joints: next, previous frame'],
  ['C', 'Place joints: copy the pose from the last frame'],
  ['S', 'Place joints: skip this frame'],
  ['Shift+click', 'Place joints: place on top of another joint'],
  ['Delete', 'Place joints: remove the chosen joint'],
  ['T', 'dark or light'],
  ['?', 'this list'],
];
const MEMORY = 'kpgan-studio';

const memory = JSON.parse(sessionStorage.getItem(MEMORY) ?? '{}');

function remember(change) {
  Object.assign(memory, change);
  sessionStorage.setItem(MEMORY, JSON.stringify(memory));
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('kpgan-studio-theme', theme);
}

function switchTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = document.documentElement.dataset.theme ?? (dark ? 'dark' : 'light');
  setTheme(now === 'dark' ? 'light' : 'dark');
}

function listKeys() {
  byId('keys-table').replaceChildren(
    ...KEYS.map(([keys, what]) => {
      const row = document.createElement('tr');
      const key = document.createElement('kbd');
      key.textContent = keys;
      row.insertCell().append(key);
      row.insertCell().textContent = what;
      return row;
    }),
  );
}

async function start() {
  const theme = localStorage.getItem('kpgan-studio-theme');
  if (theme) setTheme(theme);
  listKeys();
  const state = await get('state');
  document.title = `${state.project} – Keypoint studio`;
  byId('project').textContent = state.project;
  const library = new Library();
  const tabs = {
    edit: new Edit(library, state.models),
    place: new Place(library, state.skeletons, state.models),
    compare: new Compare(library, state.models),
    runs: new Runs(),
  };
  let current = 'edit';
  const views = () =>
    ({ edit: [tabs.edit.picture, tabs.edit.painted], place: [tabs.place.view], compare: tabs.compare.sides.map((side) => side.view), runs: [tabs.runs.view] })[current];

  const open = showing(async (name) => {
    current = name;
    for (const other of Object.keys(tabs)) {
      byId(other).hidden = other !== name;
      byId(`tab-${other}`).ariaSelected = String(other === name);
      byId(`tab-${other}`).tabIndex = other === name ? 0 : -1;
    }
    byId('library').hidden = name === 'runs';
    byId('frames').hidden = name === 'runs' || !(library.current?.frames > 1);
    byId('model-label').hidden = name !== 'edit' || !state.models.length;
    remember({ tab: name });
    await tabs[name].show();
  });
  for (const name of Object.keys(tabs)) byId(`tab-${name}`).onclick = () => open(name);

  fillSelect(byId('model'), state.models.map((model) => `${model.name} (${model.kind})`), memory.model ?? 0);
  tabs.edit.number = Number(byId('model').value);
  byId('model').onchange = showing(async (event) => {
    remember({ model: Number(event.target.value) });
    await tabs.edit.setModel(Number(event.target.value));
  });
  byId('theme').onclick = switchTheme;
  byId('help').onclick = () => byId('keys').showModal();
  library.boxes = memory.boxes ?? {};
  tabs.edit.appearance = memory.appearance ?? null;
  library.addEventListener(
    'change',
    showing(async () => {
      remember({ path: library.current?.path, frame: library.number, boxes: library.boxes, appearance: tabs.edit.appearance });
      await tabs[current].show();
    }),
  );

  addEventListener('keydown', (event) => {
    const typing = event.target.matches?.('input:not([type=range]):not([type=checkbox]), select, textarea');
    if (typing || document.querySelector('dialog[open]')) return;
    const tab = tabs[current];
    const key = event.key.toLowerCase();
    let done = true;
    if ((event.ctrlKey || event.metaKey) && (key === 'z' || key === 'y')) tab.step?.(key === 'y' || event.shiftKey ? 1 : -1);
    else if (event.ctrlKey || event.metaKey) done = false;
    else if (event.target.matches?.('input[type=range]') && event.key.startsWith('Arrow')) done = false;
    else if (['1', '2', '3', '4'].includes(key)) open(Object.keys(tabs)[Number(key) - 1]);
    else if (key === 'o') byId('open').click();
    else if (key === ',') library.goTo(library.number - 1);
    else if (key === '.') library.goTo(library.number + 1);
    else if (key === '+' || key === '=') views().forEach((view) => view.zoom(1.4));
    else if (key === '-') views().forEach((view) => view.zoom(1 / 1.4));
    else if (key === '0') views().forEach((view) => view.fit());
    else if (key === 't') switchTheme();
    else if (key === '?') byId('keys').showModal();
    else done = tab.press(event);
    if (done) event.preventDefault();
  });
  addEventListener('beforeunload', (event) => {
    if (tabs.place.unsaved) {
      tabs.place.write();
      event.preventDefault();
    }
  });

  await showing(() => library.load())();
  await showing(() => tabs.place.recover())();
  if (memory.path && library.files.includes(memory.path)) await library.open(memory.path, memory.frame ?? 0);
  await open(tabs[memory.tab] ? memory.tab : 'edit');
  document.body.dataset.ready = 'yes';
}

start().catch((error) => toast(error.message, true));
