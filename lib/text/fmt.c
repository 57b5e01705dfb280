#include "text/fmt.h"

#include <string.h>
#include <time.h>

enum { BOGOTA_OFFSET_S = -5 * 3600 };

const char *fmt_datetime(struct arena *a, enum lang lang, int64_t t)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    time_t local = (time_t)t + BOGOTA_OFFSET_S;
    struct tm tm;
    gmtime_r(&local, &tm);
    int hour = tm.tm_hour % 12 == 0 ? 12 : tm.tm_hour % 12;
    int year = tm.tm_year + 1900;
    if (lang == LANG_EN)
        return arena_fmt(a, "%d %s %d, %d:%02d %s", tm.tm_mday,
                         months[tm.tm_mon], year, hour, tm.tm_min,
                         tm.tm_hour < 12 ? "am" : "pm");
    return arena_fmt(a, "%02d/%02d/%d %d:%02d %s", tm.tm_mday, tm.tm_mon + 1,
                     year, hour, tm.tm_min,
                     tm.tm_hour < 12 ? "a. m." : "p. m.");
}

bool fmt_read_day(const char *text, int64_t *ret)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    int day = tm.tm_mday, month = tm.tm_mon;
    if (end == NULL || *end != '\0' || strlen(text) != 10)
        return false;
    time_t t = timegm(&tm); /* it makes 2 March of 30 February */
    *ret = (int64_t)t - BOGOTA_OFFSET_S;
    return tm.tm_mday == day && tm.tm_mon == month;
}

const char *fmt_bytes(struct arena *a, enum lang lang, int64_t n)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    if (n < 1000)
        return arena_fmt(a, "%d B", (int)n);
    size_t unit = 0;
    int64_t tenths = (n + 50) / 100;
    for (; tenths >= 9995 && unit + 1 < ARRAY_LEN(units); unit++)
        tenths = (tenths + 500) / 1000;
    if (tenths >= 100) /* from 10 on, whole ones are enough */
        return arena_fmt(a, "%d %s", (int)((tenths + 5) / 10), units[unit]);
    return arena_fmt(a, "%d%c%d %s", (int)(tenths / 10),
                     lang == LANG_EN ? '.' : ',', (int)(tenths % 10),
                     units[unit]);
}
