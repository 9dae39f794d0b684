/** The colours and type that a view has on its page, read again when the theme changes. */
import { useEffect, useState, type RefObject } from 'react';
import type { Look } from './drawing';

/** Themes mark the document in one of these: JupyterLab, VS Code, and those that set a class. */
const MARKS = ['class', 'style', 'data-jp-theme-light', 'data-jp-theme-name', 'data-vscode-theme-kind'];

export function useLook(place: RefObject<HTMLElement | null>): Look | null {
  const [look, setLook] = useState<Look | null>(null);
  useEffect(() => {
    const read = (): void => {
      const node = place.current;
      if (node) {
        const next = lookOf(node);
        setLook(before => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
      }
    };
    read();
    const observer = new MutationObserver(read);
    for (const node of [document.documentElement, document.body]) {
      observer.observe(node, { attributes: true, attributeFilter: MARKS });
    }
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', read);
    return () => {
      observer.disconnect();
      system.removeEventListener('change', read);
    };
  }, [place]);
  return look;
}

/** Our colours may be variables, mixtures or the system's: the browser says what they come to. */
export function lookOf(node: HTMLElement): Look {
  const probe = node.ownerDocument.createElement('span');
  probe.hidden = true;
  node.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return opaque(getComputedStyle(probe).color);
  };
  const background = colour('--wb-bg');
  const look = {
    dark: brightness(background) < 128,
    text: colour('--wb-fg'),
    soft: colour('--wb-fg-soft'),
    line: colour('--wb-border'),
    background,
    accent: colour('--wb-accent'),
    font: getComputedStyle(node).fontFamily
  };
  probe.remove();
  return look;
}

const NUMBERS = /[\d.]+/g;

/** `rgb(...)` as it is, `color(srgb ...)` as `rgb(...)`; a see-through colour keeps how much it is. */
function opaque(colour: string): string {
  const parts = (colour.match(NUMBERS) ?? []).map(Number);
  if (!colour.startsWith('color(') || parts.length < 3) {
    return colour;
  }
  const [red, green, blue, alpha = 1] = parts;
  const scaled = [red, green, blue].map(each => Math.round(each * 255)).join(', ');
  return alpha === 1 ? `rgb(${scaled})` : `rgba(${scaled}, ${alpha})`;
}

function brightness(colour: string): number {
  const [red = 255, green = 255, blue = 255] = (colour.match(NUMBERS) ?? []).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
