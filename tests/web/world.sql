-- 0.01° squares at 121.50, 25.00: 永和里 in the west, 太平里 in the east. The middle of 永和里 is 121.505, 25.005.
INSERT INTO village (id, source, code, county, town, name, name_en, is_fictional, geom) VALUES
  (1, 'test', 'V1', '測試縣', '平安區', '永和里', 'Yonghe', true,
   'MULTIPOLYGON(((121.50 25.00, 121.51 25.00, 121.51 25.01, 121.50 25.01, 121.50 25.00)))'),
  (2, 'test', 'V2', '測試縣', '平安區', '太平里', 'Taiping', true,
   'MULTIPOLYGON(((121.51 25.00, 121.52 25.00, 121.52 25.01, 121.51 25.01, 121.51 25.00)))');
INSERT INTO street_node (id, source, source_id, geom) VALUES
  (1, 'test', '1', 'POINT(121.500 25.005)'), (2, 'test', '2', 'POINT(121.505 25.005)'),
  (3, 'test', '3', 'POINT(121.510 25.005)'), (4, 'test', '4', 'POINT(121.505 25.010)');
INSERT INTO street_edge (source, source_id, from_node_id, to_node_id, name, name_en, street_class,
                         is_walkable, is_oneway, length_m, geom) VALUES
  ('test', '1', 1, 2, '平安路', 'Ping''an Rd', 'main', true, false, 504, 'LINESTRING(121.500 25.005, 121.505 25.005)'),
  ('test', '2', 2, 3, '平安路', 'Ping''an Rd', 'main', true, false, 504, 'LINESTRING(121.505 25.005, 121.510 25.005)'),
  ('test', '3', 2, 4, '平安路1巷', '', 'alley', true, false, 554, 'LINESTRING(121.505 25.005, 121.505 25.010)');
INSERT INTO building (source, source_id, name, levels, geom) VALUES
  ('test', '1', '', 4, 'MULTIPOLYGON(((121.5052 25.0052, 121.5056 25.0052, 121.5056 25.0056, 121.5052 25.0056, 121.5052 25.0052)))');
INSERT INTO public_place (source, source_id, kind, name, name_en, geom) VALUES
  ('test', '1', 'park', '平安公園', 'Ping''an Park', 'POLYGON((121.502 25.002, 121.504 25.002, 121.504 25.004, 121.502 25.004, 121.502 25.002))'),
  ('test', '2', 'water', '', '', 'POLYGON((121.506 25.001, 121.508 25.001, 121.508 25.002, 121.506 25.002, 121.506 25.001))'),
  ('test', '3', 'police', '平安派出所', '', 'POINT(121.503 25.006)');
INSERT INTO street_lamp (source, source_id, number, is_working, geom) VALUES
  ('test', '1', 'A-1', true, 'POINT(121.5012345678 25.005)'), ('test', '2', 'A-2', false, 'POINT(121.505 25.007)');
INSERT INTO camera (source, source_id, label, operator, kind, site, azimuth_deg, is_working, geom) VALUES
  ('test', '1', '路口', '警察局', 'fixed', 'public', 90, true, 'POINT(121.505 25.0051)'),
  ('test', '2', '', '', 'dome', 'unknown', NULL, true, 'POINT(121.515 25.005)');
INSERT INTO patrol_team (id, village_id, name, name_en, kind) VALUES (1, 1, '永和隊', 'Yonghe squad', 'year_round');
INSERT INTO patrol_route (source, source_id, team_id, name, weekdays, starts_at, ends_at, geom) VALUES
  ('test', '1', 1, '夜巡', 127, '21:00', '01:00', 'MULTILINESTRING((121.500 25.005, 121.505 25.005))');
INSERT INTO block (source, source_id, village_id, name, adopter, adopter_kind, weekdays, starts_at, ends_at,
                   in_force_from, in_force_until, geom) VALUES
  ('test', '1', 1, '學校周邊', '平安國小', 'school', 31, '07:00', '18:00', '2026-01-01', '2026-12-31',
   'POLYGON((121.501 25.001, 121.503 25.001, 121.503 25.003, 121.501 25.003, 121.501 25.001))');
INSERT INTO incident (source, source_id, kind, occurred_at, precision, place, killed, injured, accuracy_m, geom)
SELECT 'test', n::text, CASE WHEN n % 3 = 0 THEN 'theft_bicycle' ELSE 'accident_a2' END,
       timestamptz '2026-01-01 00:00+08' + n * interval '1 day', 'minute', '平安路', 0, 1, 0,
       ST_SetSRID(ST_MakePoint(121.50 + 0.0001 * n, 25.005 + 0.00005 * (n % 7)), 4326)
FROM generate_series(1, 90) n;
INSERT INTO incident (source, source_id, kind, occurred_at, precision, place, killed, injured, accuracy_m)
VALUES ('test', 'nowhere', 'accident_a1', '2026-02-01 00:00+08', 'day', '不詳', 1, 0, 0);
INSERT INTO hazard (public_id, village_id, category, severity, noticed_at, stage, description, accuracy_m, reported_at, geom)
SELECT 'report-' || lpad(n::text, 2, '0'), 1, CASE WHEN n % 2 = 0 THEN 'lighting' ELSE 'traffic' END, 1 + n % 3, 'night',
       CASE WHEN n % 5 = 0 THEN 'verified_fixed' ELSE 'open' END, '第' || n || '號', 5,
       timestamptz '2026-03-01 00:00+08' + (n / 2) * interval '1 hour',
       ST_SetSRID(ST_MakePoint(121.502 + 0.0002 * n, 25.0051), 4326)
FROM generate_series(1, 12) n;
