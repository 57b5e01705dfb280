/*
 * manifest - what a backup tells of itself, as JSON.
 *
 *   {"format":1,"made_at":1796000000,"database":"database.sqlite",
 *    "tables":{"app_user":4,…},"rows":812,"files":3,"damaged":0,
 *    "audit":{"seq":57,"hash":"…"}}
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     INVALID (it is not such a text).
 * Layer      out.
 */
#ifndef PT_OUT_MANIFEST_H
#define PT_OUT_MANIFEST_H

#include "base/buf.h"
#include "out/backup.h"

void manifest_write(const struct backup_info *info, struct buf *b);

/* Fills what manifest_write() writes; the rest of ret is cleared. */
enum err manifest_read(const char *text, struct arena *a,
                       struct backup_info *ret, struct err_note *why) MUST_USE;

#endif
