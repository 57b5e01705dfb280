-- Who a client is before the law, and how it buys. doc_type is a code of the
-- DIAN: 13 cédula de ciudadanía, 31 NIT, 22 cédula de extranjería, 41
-- pasaporte, 12 tarjeta de identidad, 47 PEP, 48 PPT; '' = not known.
-- doc_number has neither dots nor check digit; that is doc_dv, of a NIT alone.

ALTER TABLE client ADD COLUMN doc_type TEXT NOT NULL DEFAULT ''
    CHECK (doc_type IN ('', '12', '13', '22', '31', '41', '47', '48'));
ALTER TABLE client ADD COLUMN doc_number TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN doc_dv TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN service_kind TEXT NOT NULL DEFAULT 'single'
    CHECK (service_kind IN ('contract', 'single'));

-- One client per document, archived ones too.
CREATE UNIQUE INDEX client_document ON client (doc_type, doc_number)
    WHERE doc_number <> '';
