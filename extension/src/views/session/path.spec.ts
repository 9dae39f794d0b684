import { describe, expect, it } from 'vitest';
import { told } from './path';

describe('a path', () => {
  it('beneath the folder of the session is told from there, with the name of the file apart', () => {
    expect(told('/home/me/work/skills/demo/SKILL.md', '/home/me/work')).toEqual({
      folder: 'skills/demo/',
      name: 'SKILL.md'
    });
    expect(told('/home/me/work/notes.txt', '/home/me/work/')).toEqual({ folder: '', name: 'notes.txt' });
  });

  it('anywhere else stays as it is', () => {
    expect(told('/home/me/workshop/a.py', '/home/me/work')).toEqual({
      folder: '/home/me/workshop/',
      name: 'a.py'
    });
    expect(told('/etc/hosts', '/')).toEqual({ folder: '/etc/', name: 'hosts' });
    expect(told('/etc/hosts', undefined)).toEqual({ folder: '/etc/', name: 'hosts' });
    expect(told('src/a.py', '/home/me/work')).toEqual({ folder: 'src/', name: 'a.py' });
  });

  it('of a folder has a name too', () => {
    expect(told('/home/me/work', '/home/me/work')).toEqual({ folder: '', name: '.' });
    expect(told('/home/me/work/src/', '/home/me/work')).toEqual({ folder: '', name: 'src/' });
    expect(told('/', '/home/me/work')).toEqual({ folder: '', name: '/' });
  });
});
