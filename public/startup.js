// Says in one sentence why the page stays empty, where it does: it was opened as a file, its parts cannot be loaded, or
// the browser lacks what they need. Written for browsers of any age, and run before everything else.
(function () {
  'use strict';
  var isFile = location.protocol === 'file:';
  var isSandboxed = !isFile && window.origin === 'null';

  function say(sentence, detail) {
    if (document.getElementById('startup')) return;
    var box = document.createElement('div');
    box.id = 'startup';
    box.setAttribute('role', 'alert');
    box.style.cssText =
      'max-width: 40rem; margin: 15vh auto 0; padding: 0 1rem; font: 1.1rem/1.5 system-ui, sans-serif';
    var text = document.createElement('p');
    text.textContent = sentence;
    box.appendChild(text);
    if (detail) {
      var more = document.createElement('p');
      more.style.cssText = 'font-size: 0.85rem; opacity: 0.7; overflow-wrap: anywhere';
      more.textContent = detail;
      box.appendChild(more);
    }
    document.body.appendChild(box);
  }

  function isEmpty() {
    var root = document.getElementById('root');
    return !root || !root.firstChild;
  }

  function explain(sentence, detail) {
    function show() {
      if (isEmpty()) say(sentence, detail);
    }
    if (document.body && document.readyState !== 'loading') show();
    else document.addEventListener('DOMContentLoaded', show);
  }

  var OLD = 'Glassbox needs a newer browser: use a current Chrome, Edge, Firefox or Safari.';

  window.addEventListener(
    'error',
    function (event) {
      var target = event.target;
      if (target && target !== window && target.tagName) {
        if (target.tagName !== 'SCRIPT' && target.tagName !== 'LINK') return;
        if (isFile || isSandboxed) return;
        explain(
          'Part of Glassbox could not be loaded: check the connection, then load the page again.',
          target.src || target.href,
        );
        return;
      }
      var error = event.error;
      if (error instanceof SyntaxError) explain(OLD, event.message);
      else {
        explain(
          'Glassbox could not start in this browser. Use a current Chrome, Edge, Firefox or Safari with its usual settings.',
          event.message,
        );
      }
    },
    true,
  );

  if (isFile) {
    explain(
      'Glassbox cannot run from a file. Start it with “npm start”, or put its folder on a web server, and open its http address.',
    );
  } else if (isSandboxed) {
    explain(
      'Glassbox cannot run in this frame, which allows it no workers and no storage: open it in a tab of its own.',
    );
  } else if (!('noModule' in document.createElement('script'))) explain(OLD);
})();
