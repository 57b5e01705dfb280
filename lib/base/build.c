#include "base/build.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

/* Sizes in a note are rounded up to four bytes. */
static size_t padded(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

static void write_hex(const unsigned char *p, size_t n, char ret[BUILD_ID_TEXT])
{
    for (size_t i = 0; i < n && 2 * i + 2 < BUILD_ID_TEXT; i++)
        snprintf(ret + 2 * i, 3, "%02x", p[i]);
}

static void scan_notes(const char *p, const char *end, char ret[BUILD_ID_TEXT])
{
    while ((size_t)(end - p) >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, p, sizeof(note));
        const char *name = p + sizeof(note);
        const char *id = name + padded(note.n_namesz);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(name, "GNU", 4) == 0)
            write_hex((const unsigned char *)id, note.n_descsz, ret);
        p = id + padded(note.n_descsz);
    }
}

static int scan_program(struct dl_phdr_info *info, size_t size UNUSED,
                        void *ret)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        /* the loader has put the notes at this address, C cannot say so */
        const char *p =
            (const char *)(uintptr_t)(info->dlpi_addr + part->p_vaddr);
        if (part->p_type == PT_NOTE)
            scan_notes(p, p + part->p_memsz, ret);
    }
    return 1; /* the first is the program itself */
}

void build_id(char ret[BUILD_ID_TEXT])
{
    ret[0] = '\0';
    dl_iterate_phdr(scan_program, ret);
}
