-- Where a client is by the code of the DANE, which an electronic invoice asks
-- for, and whether it said that it may be written to by WhatsApp: a choice of
-- its own (Ley 1581, Ley 2300), so nobody has it before it was made. The city
-- stays a text, for people and for places abroad.

-- Department and municipality (DIVIPOLA), '' = not known.
ALTER TABLE client ADD COLUMN dane_city TEXT NOT NULL DEFAULT ''
    CHECK (dane_city = '' OR (length(dane_city) = 5 AND
                              trim(dane_city, '0123456789') = ''));

-- WhatsApp reaches a mobile telephone alone.
ALTER TABLE client ADD COLUMN whatsapp_ok BIGINT NOT NULL DEFAULT 0
    CHECK (whatsapp_ok = 0 OR (whatsapp_ok = 1 AND phone LIKE '+573%'));
