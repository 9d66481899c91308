// Light or dark: as the Dashboard says, by the address it opened and by its events; alone, as the system says.

/** Show a theme; anything but light and dark is left to the system. */
export function showTheme(theme: unknown): void {
  if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
}

showTheme(new URLSearchParams(location.search).get("theme"));
