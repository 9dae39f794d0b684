import { LabIcon } from '@jupyterlab/ui-components';

export const agentIcon = new LabIcon({
  name: 'workbench:agent',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" fill="none">
  <g class="jp-icon3" stroke="#616161" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">
    <path d="M8 2v2M3.5 4.5h9v7h-9zM6.3 7.3v1M9.7 7.3v1M6 14h4M1.8 7v2.5M14.2 7v2.5"/>
  </g>
</svg>`
});

export const usageIcon = new LabIcon({
  name: 'workbench:usage',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" fill="none">
  <g class="jp-icon3" stroke="#616161" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">
    <path d="M2 13.5h12M4 11V7.5M8 11V3M12 11V5.5"/>
  </g>
</svg>`
});

export const skillIcon = new LabIcon({
  name: 'workbench:skill',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" fill="none">
  <g class="jp-icon3" stroke="#616161" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">
    <path d="M3 2.5h8a2 2 0 0 1 2 2v9H5a2 2 0 0 1-2-2zM3 11.5a2 2 0 0 1 2-2h8M6 5.5h4"/>
  </g>
</svg>`
});
