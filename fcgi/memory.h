/*
 * memory - what the supervisor gives all its workers to share.
 *
 * PTPOOL_SHM_FD names a memfd that the workers of all pools inherit. It is
 * empty at first; lib/store/cache_shm.c gives it size and meaning.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_MEMORY_H
#define PT_FCGI_MEMORY_H

/* Its descriptor, for whoever asks first to close; -1 without a supervisor. */
int memory_take(void);

#endif
