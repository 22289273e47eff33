'use strict';

const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

globalThis.docs = SwaggerUIBundle({
  url: 'openapi.yaml',
  domNode: document.getElementById('docs'),
  validatorUrl: null, // else it would ask another host
  deepLinking: true,
  filter: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  syntaxHighlight: { activated: true },
  onComplete: () => document.getElementById('servers')?.setAttribute('aria-label', 'Server'),
});
