// Sets the theme before the first paint. It is a file of its own because the policy of the page forbids inline scripts.
try {
  const theme = localStorage.getItem('halley.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme applies.
}
