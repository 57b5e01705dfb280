#include "text/dane.h"

#include <string.h>

#include "base/buf.h"
#include "text/utf8.h"

enum { MAX_NAME_BYTES = 256, CODE = 5 /* digits */ };

static const struct dane_place departments[] = {
    {"05", "Antioquia"},    {"08", "Atlántico"},
    {"11", "D. C."},        {"13", "Bolívar"},
    {"15", "Boyacá"},       {"17", "Caldas"},
    {"18", "Caquetá"},      {"19", "Cauca"},
    {"20", "Cesar"},        {"23", "Córdoba"},
    {"25", "Cundinamarca"}, {"27", "Chocó"},
    {"41", "Huila"},        {"44", "La Guajira"},
    {"47", "Magdalena"},    {"50", "Meta"},
    {"52", "Nariño"},       {"54", "Norte de Santander"},
    {"63", "Quindío"},      {"66", "Risaralda"},
    {"68", "Santander"},    {"70", "Sucre"},
    {"73", "Tolima"},       {"76", "Valle del Cauca"},
    {"81", "Arauca"},       {"85", "Casanare"},
    {"86", "Putumayo"},     {"88", "San Andrés y Providencia"},
    {"91", "Amazonas"},     {"94", "Guainía"},
    {"95", "Guaviare"},     {"97", "Vaupés"},
    {"99", "Vichada"},
};

const struct dane_place dane_places[] = {
    {"05001", "Medellín"},
    {"05030", "Amagá"},
    {"05034", "Andes"},
    {"05042", "Santa Fe de Antioquia"},
    {"05045", "Apartadó"},
    {"05079", "Barbosa"},
    {"05088", "Bello"},
    {"05101", "Ciudad Bolívar"},
    {"05129", "Caldas"},
    {"05147", "Carepa"},
    {"05148", "El Carmen de Viboral"},
    {"05154", "Caucasia"},
    {"05172", "Chigorodó"},
    {"05209", "Concordia"},
    {"05212", "Copacabana"},
    {"05237", "Donmatías"},
    {"05250", "El Bagre"},
    {"05264", "Entrerríos"},
    {"05266", "Envigado"},
    {"05282", "Fredonia"},
    {"05308", "Girardota"},
    {"05318", "Guarne"},
    {"05321", "Guatapé"},
    {"05360", "Itagüí"},
    {"05364", "Jardín"},
    {"05368", "Jericó"},
    {"05376", "La Ceja"},
    {"05380", "La Estrella"},
    {"05390", "La Pintada"},
    {"05400", "La Unión"},
    {"05440", "Marinilla"},
    {"05490", "Necoclí"},
    {"05541", "El Peñol"},
    {"05579", "Puerto Berrío"},
    {"05607", "El Retiro"},
    {"05615", "Rionegro"},
    {"05631", "Sabaneta"},
    {"05656", "San Jerónimo"},
    {"05664", "San Pedro de los Milagros"},
    {"05674", "San Vicente Ferrer"},
    {"05686", "Santa Rosa de Osos"},
    {"05697", "El Santuario"},
    {"05736", "Segovia"},
    {"05756", "Sonsón"},
    {"05761", "Sopetrán"},
    {"05789", "Támesis"},
    {"05837", "Turbo"},
    {"05847", "Urrao"},
    {"05887", "Yarumal"},
    {"08001", "Barranquilla"},
    {"08078", "Baranoa"},
    {"08296", "Galapa"},
    {"08433", "Malambo"},
    {"08573", "Puerto Colombia"},
    {"08638", "Sabanalarga"},
    {"08758", "Soledad"},
    {"11001", "Bogotá"},
    {"13001", "Cartagena de Indias"},
    {"13052", "Arjona"},
    {"13244", "El Carmen de Bolívar"},
    {"13430", "Magangué"},
    {"13836", "Turbaco"},
    {"15001", "Tunja"},
    {"15176", "Chiquinquirá"},
    {"15238", "Duitama"},
    {"15407", "Villa de Leyva"},
    {"15516", "Paipa"},
    {"15572", "Puerto Boyacá"},
    {"15759", "Sogamoso"},
    {"17001", "Manizales"},
    {"17042", "Anserma"},
    {"17174", "Chinchiná"},
    {"17380", "La Dorada"},
    {"17614", "Riosucio"},
    {"17873", "Villamaría"},
    {"18001", "Florencia"},
    {"18753", "San Vicente del Caguán"},
    {"19001", "Popayán"},
    {"19532", "Patía"},
    {"19573", "Puerto Tejada"},
    {"19698", "Santander de Quilichao"},
    {"20001", "Valledupar"},
    {"20011", "Aguachica"},
    {"20013", "Agustín Codazzi"},
    {"20060", "Bosconia"},
    {"23001", "Montería"},
    {"23162", "Cereté"},
    {"23417", "Lorica"},
    {"23466", "Montelíbano"},
    {"23555", "Planeta Rica"},
    {"23660", "Sahagún"},
    {"23807", "Tierralta"},
    {"25126", "Cajicá"},
    {"25175", "Chía"},
    {"25214", "Cota"},
    {"25269", "Facatativá"},
    {"25286", "Funza"},
    {"25290", "Fusagasugá"},
    {"25295", "Gachancipá"},
    {"25307", "Girardot"},
    {"25377", "La Calera"},
    {"25430", "Madrid"},
    {"25473", "Mosquera"},
    {"25740", "Sibaté"},
    {"25754", "Soacha"},
    {"25758", "Sopó"},
    {"25785", "Tabio"},
    {"25799", "Tenjo"},
    {"25817", "Tocancipá"},
    {"25843", "Villa de San Diego de Ubaté"},
    {"25875", "Villeta"},
    {"25899", "Zipaquirá"},
    {"27001", "Quibdó"},
    {"27361", "Istmina"},
    {"41001", "Neiva"},
    {"41298", "Garzón"},
    {"41396", "La Plata"},
    {"41551", "Pitalito"},
    {"44001", "Riohacha"},
    {"44430", "Maicao"},
    {"44847", "Uribia"},
    {"47001", "Santa Marta"},
    {"47189", "Ciénaga"},
    {"47245", "El Banco"},
    {"47288", "Fundación"},
    {"47555", "Plato"},
    {"50001", "Villavicencio"},
    {"50006", "Acacías"},
    {"50313", "Granada"},
    {"50573", "Puerto López"},
    {"52001", "Pasto"},
    {"52356", "Ipiales"},
    {"52835", "San Andrés de Tumaco"},
    {"52838", "Túquerres"},
    {"54001", "Cúcuta"},
    {"54405", "Los Patios"},
    {"54498", "Ocaña"},
    {"54518", "Pamplona"},
    {"54874", "Villa del Rosario"},
    {"63001", "Armenia"},
    {"63130", "Calarcá"},
    {"63190", "Circasia"},
    {"63401", "La Tebaida"},
    {"63470", "Montenegro"},
    {"63594", "Quimbaya"},
    {"66001", "Pereira"},
    {"66170", "Dosquebradas"},
    {"66400", "La Virginia"},
    {"66682", "Santa Rosa de Cabal"},
    {"68001", "Bucaramanga"},
    {"68077", "Barbosa"},
    {"68081", "Barrancabermeja"},
    {"68276", "Floridablanca"},
    {"68307", "Girón"},
    {"68406", "Lebrija"},
    {"68547", "Piedecuesta"},
    {"68615", "Rionegro"},
    {"68679", "San Gil"},
    {"68755", "Socorro"},
    {"70001", "Sincelejo"},
    {"70215", "Corozal"},
    {"70708", "San Marcos"},
    {"70820", "Santiago de Tolú"},
    {"73001", "Ibagué"},
    {"73168", "Chaparral"},
    {"73268", "Espinal"},
    {"73349", "Honda"},
    {"73411", "Líbano"},
    {"73443", "Mariquita"},
    {"73449", "Melgar"},
    {"76001", "Cali"},
    {"76109", "Buenaventura"},
    {"76111", "Guadalajara de Buga"},
    {"76122", "Caicedonia"},
    {"76130", "Candelaria"},
    {"76147", "Cartago"},
    {"76248", "El Cerrito"},
    {"76275", "Florida"},
    {"76364", "Jamundí"},
    {"76520", "Palmira"},
    {"76563", "Pradera"},
    {"76622", "Roldanillo"},
    {"76736", "Sevilla"},
    {"76834", "Tuluá"},
    {"76892", "Yumbo"},
    {"76895", "Zarzal"},
    {"81001", "Arauca"},
    {"81065", "Arauquita"},
    {"81736", "Saravena"},
    {"81794", "Tame"},
    {"85001", "Yopal"},
    {"85010", "Aguazul"},
    {"85250", "Paz de Ariporo"},
    {"85410", "Tauramena"},
    {"85440", "Villanueva"},
    {"86001", "Mocoa"},
    {"86320", "Orito"},
    {"86568", "Puerto Asís"},
    {"86865", "Valle del Guamuez"},
    {"88001", "San Andrés"},
    {"88564", "Providencia"},
    {"91001", "Leticia"},
    {"94001", "Inírida"},
    {"95001", "San José del Guaviare"},
    {"97001", "Mitú"},
    {"99001", "Puerto Carreño"},
    {0},
};

const char *dane_name(const char *code)
{
    for (const struct dane_place *p = dane_places; p->code != NULL; p++)
        if (strcmp(p->code, code) == 0)
            return p->name;
    return "";
}

const char *dane_department(const char *code)
{
    for (size_t i = 0; i < sizeof(departments) / sizeof(departments[0]); i++)
        if (strncmp(departments[i].code, code, 2) == 0)
            return departments[i].name;
    return "";
}

/* No municipality of any department has the number 000. */
static bool read_code(const char *digits, char ret[DANE_MAX])
{
    char code[DANE_MAX] = "0";
    size_t n = strlen(digits);
    if (n != CODE && n != CODE - 1)
        return false;
    memcpy(code + CODE - n, digits, n + 1);
    if (dane_department(code)[0] == '\0' || strcmp(code + 2, "000") == 0)
        return false;
    memcpy(ret, code, sizeof(code));
    return true;
}

/* Is it called this, whatever the accents, the case and the commas? */
static bool is_called(const struct dane_place *p, const char *folded)
{
    struct buf b, whole;
    buf_init(&b, MAX_NAME_BYTES);
    buf_init(&whole, MAX_NAME_BYTES);
    buf_addf(&whole, "%s %s", p->name, dane_department(p->code));
    utf8_fold(&b, buf_str(&whole), whole.n);
    bool same = strcmp(buf_str(&b), folded) == 0;
    buf_done(&whole);
    buf_done(&b);
    return same;
}

bool dane_parse(const char *text, char ret[DANE_MAX])
{
    struct buf typed;
    bool found = false;
    if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0')
        return read_code(text, ret);
    buf_init(&typed, MAX_NAME_BYTES);
    utf8_fold(&typed, text, strlen(text));
    for (const struct dane_place *p = dane_places; p->code != NULL; p++)
        if (!found && buf_ok(&typed) && is_called(p, buf_str(&typed))) {
            memcpy(ret, p->code, DANE_MAX);
            found = true;
        }
    buf_done(&typed);
    return found;
}
