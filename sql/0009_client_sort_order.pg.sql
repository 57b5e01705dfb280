-- In the order of its bytes, like name_key; the indexes follow.
ALTER TABLE client ALTER COLUMN city_key TYPE TEXT COLLATE "C";
