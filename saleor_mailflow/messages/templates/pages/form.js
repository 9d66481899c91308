// Sends the sign-up form it belongs to without leaving the page. Sets no cookie, keeps nothing, loads nothing.
(function () {
  "use strict";
  var here = document.currentScript.src.split("?")[0].split("/").slice(-3);
  var target = "/subscribe/" + here[0] + "/" + here[1] + "/";
  function tell(form, text) {
    var place = form.querySelector("[data-mailflow-says]");
    if (!place) {
      place = form.appendChild(document.createElement("p"));
      place.setAttribute("data-mailflow-says", "");
      place.setAttribute("role", "status");
    }
    place.textContent = text;
    return place;
  }
  function send(event) {
    var form = event.currentTarget;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
      credentials: "omit"
    }).then(function (answer) {
      return answer.json();
    }).then(function (said) {
      form.removeAttribute("aria-busy");
      var place = tell(form, said.message);
      if (!said.ok) return;
      Array.prototype.forEach.call(form.children, function (part) {
        part.hidden = part !== place;
      });
    }).catch(function () {
      // As if there were no script: our page says what is so.
      HTMLFormElement.prototype.submit.call(form);
    });
  }
  Array.prototype.forEach.call(document.querySelectorAll("form[data-mailflow]"), function (form) {
    if (form.action.slice(-target.length) === target) form.addEventListener("submit", send);
  });
})();
