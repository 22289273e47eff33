// Runs before anything is painted, so that a remembered choice does not flash. "system" is kept as no choice at all.
(function () {
  'use strict';
  const KEY = 'latido.theme';
  const CHOICES = ['system', 'light', 'dark'];

  function remembered() {
    try {
      const choice = localStorage.getItem(KEY);
      return CHOICES.includes(choice) ? choice : 'system';
    } catch {
      return 'system'; // where nothing may be kept, nothing is remembered
    }
  }

  let choice = remembered();

  function apply() {
    if (choice === 'system') {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = choice;
    }
  }

  apply();

  globalThis.latidoTheme = {
    get choice() {
      return choice;
    },

    /** Goes on to the next choice: as the system has it, light, dark. */
    next() {
      choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
      apply();
      try {
        localStorage.setItem(KEY, choice);
      } catch {
        // it holds for this page then
      }
    },
  };
})();
