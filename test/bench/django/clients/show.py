"""How documents and telephones are written in Colombia."""

SHORT_NAMES = {"31": "NIT", "13": "CC", "22": "CE", "41": "PA", "12": "TI",
               "47": "PEP", "48": "PPT"}


def document(kind, number, dv):
    if not kind:
        return ""
    if kind in ("31", "13", "12"):
        number = f"{int(number):,}".replace(",", ".")
    return f"{SHORT_NAMES[kind]} {number}-{dv}" if dv else \
        f"{SHORT_NAMES[kind]} {number}"


def phone(e164):
    if len(e164) == 13 and e164.startswith("+57"):
        return f"{e164[3:6]} {e164[6:9]} {e164[9:]}"
    return e164
