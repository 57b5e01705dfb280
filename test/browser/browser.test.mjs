// All browser tests, in one browser and on one site, one after the other:
// modules that are imported side by side would also run side by side, and
// change the lists and links that another one is looking at.
for (const name of ["flows", "files", "import", "totp", "apart", "pages"]) await import(`./${name}.test.mjs`);
