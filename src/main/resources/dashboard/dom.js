// What stands between data and the page. Data becomes text, never markup.

// What acts on the text around it, or cannot be seen: all but the line breaks and tabs of what is set out in lines.
const ACTS = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{e0000}-\u{e0fff}]/gu;

/** Returns a text in which everything can be seen, such as what turns round the direction of writing. */
export const visible = (text) =>
  String(text).replace(ACTS, (c) => `\\u${c.codePointAt(0) > 0xffff ? `{${hex(c)}}` : hex(c).padStart(4, '0')}`);

const hex = (c) => c.codePointAt(0).toString(16);

export const byId = (id) => document.getElementById(id);

/** Makes an element. Attributes are set as such; children are nodes, or text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(made, name, value);
  }
  made.append(...children.map((child) => (child instanceof Node ? child : visible(child))));
  return made;
}

/** Copies the one element of a template; returns it with its parts that carry data-ref, by that name. */
export function fromTemplate(id) {
  const root = byId(id).content.firstElementChild.cloneNode(true);
  return { root, ...parts(root, 'ref') };
}

/** Returns the parts below `root` that carry data-<kind>, by that name. */
export function parts(root, kind) {
  const found = {};
  for (const part of root.querySelectorAll(`[data-${kind}]`)) {
    found[part.dataset[kind]] = part;
  }
  return found;
}

/** Sets a text only where it is another one, which spares the browser work and screen readers noise. */
export function setText(node, text) {
  const value = visible(text);
  if (node.textContent !== value) {
    node.textContent = value;
  }
}

/** Attributes that are read by people. */
const SEEN = new Set(['title', 'aria-label', 'placeholder']);

export function setAttribute(node, name, value) {
  const text = SEEN.has(name) ? visible(value) : String(value);
  if (node.getAttribute(name) !== text) {
    node.setAttribute(name, text);
  }
}

export function show(node, isShown) {
  if (node.hidden === isShown) {
    node.hidden = !isShown;
  }
}

/** Shows what went wrong where it went wrong, or nothing any more. */
export function showProblem(node, text) {
  setText(node, text ?? '');
  show(node, Boolean(text));
}

/** Makes the children of `parent` be `wanted`, in that order, and moves none that is in its place: focus stays. */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) {
    if (!keep.has(child)) {
      child.remove();
    }
  }
  wanted.forEach((child, place) => {
    if (parent.children[place] !== child) {
      parent.insertBefore(child, parent.children[place] ?? null);
    }
  });
}

/** Fills a list of facts: pairs of a name and a text or node; a pair without either is left out. */
export function fillFacts(list, facts) {
  list.replaceChildren(
    ...facts
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value)))
  );
}

/** Does what a button is for, once at a time. The button is not disabled meanwhile: it would lose the focus. */
export async function once(button, action) {
  if (button.ariaBusy === 'true') {
    return;
  }
  button.ariaBusy = 'true';
  try {
    await action();
  } finally {
    button.ariaBusy = 'false';
  }
}

const toast = byId('toast');
let toastTimer = 0;

/** Says for a while that something was done. */
export function say(text) {
  toast.textContent = visible(text);
  toast.classList.add('on');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    toast.classList.remove('on');
    toast.textContent = '';
  }, 6000);
}
