/**
 * The only maker of HTML in this package.
 *
 * Markdown is agent output, hence hostile. Raw HTML in it is shown as the text that it is; what the Markdown parser makes is
 * then filtered again by an own DOMPurify instance (hooks are global to an instance, and others share the module) down to
 * a short list of elements without class, id, style or data attributes. Links go to http(s) and mailto; images that
 * are not in the text itself (`data:`) become their alt text, because fetching one tells its server what was read.
 */
import DOMPurify from 'dompurify';
import { Lexer, Marked, type Tokens } from 'marked';
import { plain } from './plain';

const LINK = /^(?:https?:|mailto:)/i;
const IMAGE = /^data:image\/(?:png|jpe?g|gif|webp);base64,/i;

const ELEMENTS = [
  'a',
  'blockquote',
  'br',
  'code',
  'del',
  'em',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'img',
  'li',
  'ol',
  'p',
  'pre',
  'strong',
  'table',
  'tbody',
  'td',
  'th',
  'thead',
  'tr',
  'ul'
];
const ATTRIBUTES = ['align', 'alt', 'href', 'rel', 'src', 'start', 'target', 'title'];

const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text, block }: Tokens.HTML | Tokens.Tag) =>
      block ? `<p>${escape(text.trim())}</p>` : escape(text),
    image: ({ href, text }: Tokens.Image) =>
      IMAGE.test(href) ? `<img src="${escape(href)}" alt="${escape(text)}">` : escape(text || 'image'),
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? '☑ ' : '☐ ')
  }
});

const purify = DOMPurify(window);

purify.addHook('uponSanitizeAttribute', (_, attribute) => {
  if (attribute.attrName === 'src' && !IMAGE.test(attribute.attrValue)) {
    attribute.keepAttr = false;
  }
});

purify.addHook('afterSanitizeAttributes', element => {
  if (element.tagName === 'A' && element.hasAttribute('href')) {
    element.setAttribute('rel', 'noopener noreferrer nofollow');
    element.setAttribute('target', '_blank');
    element.setAttribute('title', element.getAttribute('href') ?? '');
  }
});

/** Markdown as nodes that can do nothing but be looked at. */
export function render(markdown: string): DocumentFragment {
  return clean(marked.parse(plain(markdown), { async: false }));
}

/** The pieces of a Markdown text that can be rendered apart from each other; joined they are the text. */
export function pieces(markdown: string): string[] {
  const found: string[] = [];
  let start = 0;
  // Only the outer structure is needed here: the inside of a paragraph is parsed when it is rendered.
  for (const { raw } of new Lexer(marked.defaults).blockTokens(markdown)) {
    // Cut from the text itself: a token's own copy may differ from it in white space.
    const piece = markdown.slice(start, start + raw.length);
    start += raw.length;
    if (piece.trim() === '' && found.length) {
      found[found.length - 1] += piece;
    } else {
      found.push(piece);
    }
  }
  if (start < markdown.length) {
    found.push((found.pop() ?? '') + markdown.slice(start));
  }
  return found;
}

/** The second lock: exported so that it can be tried on HTML that the first one would never let through. */
export function clean(html: string): DocumentFragment {
  return purify.sanitize(html, {
    ALLOWED_TAGS: ELEMENTS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: LINK,
    // These hold no address, so the rule for addresses is not theirs.
    ADD_URI_SAFE_ATTR: ['align', 'start', 'rel', 'target'],
    RETURN_DOM_FRAGMENT: true
  });
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
