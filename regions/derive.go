//go:build ignore

// Derive writes the tables under data/ from a directory of gathered facts:
//
//	go run derive.go derive_matrices.go FACTS data
//
// It is run by hand when the facts change, and its diff is read by a person. What it decides rather than copies is
// written beside the code that decides it: areas, hints of places, mean of both directions, which matrix is trusted.
package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

type row map[string]string

type deriver struct{ from, to string }

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go run derive.go derive_matrices.go FACTS DATA")
	}
	d := deriver{from: os.Args[1], to: os.Args[2]}
	for _, step := range []func() error{d.places, d.hints, d.factors, d.lottery} {
		if err := step(); err != nil {
			log.Fatal(err)
		}
	}
	for _, m := range []matrix{azure, aws, gcp} {
		if err := d.matrix(m); err != nil {
			log.Fatal(err)
		}
	}
}

// --- places ---

func (d deriver) places() error {
	pops, err := d.read("cloudflare_pops.csv")
	if err != nil {
		return err
	}
	slices.SortFunc(pops, func(a, b row) int { return cmp.Compare(a["iata"], b["iata"]) })
	out := [][]string{strings.Split("id,city,country,lat,lon,area,hint,weight,host_share,eu,china,zone,utc_h_january,utc_h_july", ",")}
	for _, p := range pops {
		out = append(out, []string{
			p["iata"], p["city"], p["iso2"], decimal(p["lat"], 4), decimal(p["lon"], 4), area(p["iso2"], p["lon"]), hint(p),
			decimal(p["user_weight_excl_china_pops"], 7), decimal(p["do_host_share"], 5), p["in_eu"], p["china_network"],
			p["tz"], decimal(p["utc_offset_jan"], 2), decimal(p["utc_offset_jul"], 2),
		})
	}
	return d.write("places.csv", "Cloudflare's points of presence. Credit: Netrvin/cloudflare-colo-list (MIT; names, coordinates), "+
		"Natural Earth (public domain; 17 coordinates), connyay/cf-colo-hint (MIT; which sites host objects, nearest hint), users from "+
		"World Bank and Our World in Data / ITU (CC-BY-4.0) shared over Natural Earth cities. Areas, hints outside the measured sites and weights are ours.", out)
}

// hint says which hint's region a place lies in. The source holds the hint that answered a creation there soonest, which
// for the three hints without sites of their own is chance: `afr` is served by the sites of `weur`, `me` by those of
// `eeur`, `sam` by those of `enam`. So those three are given by geography, and elsewhere read as the hint that serves them.
func hint(p row) string {
	switch p["cf_region"] {
	case "Africa":
		return "afr"
	case "Middle East":
		return "me"
	case "South America":
		return "sam"
	case "Oceania":
		return "oc"
	}
	switch {
	case p["do_hint"] == "me":
		return "eeur"
	case strings.HasPrefix(p["cf_region"], "Asia"):
		return "apac"
	case p["do_hint"] == "afr":
		return "weur"
	case p["do_hint"] == "sam":
		return "enam"
	}
	return p["do_hint"]
}

// countries of the areas of the latency model; a country named nowhere is European.
var countries = map[string]string{
	"AF":  "DZ AO BW BF CM CD DJ EG ET GH CI KE MG MW MU MZ NA NG RE RW SN ZA TZ TN UG ZM ZW",
	"ME":  "PS AM AZ BH IQ IL JO KW LB OM QA SA AE TR CY GE",
	"CAS": "KZ KG",
	"EAS": "CN HK MO JP KR TW MN",
	"SAS": "IN PK BD LK NP BT MV",
	"SEA": "SG MY ID TH VN PH KH LA MM BN",
	"OC":  "AU NZ FJ PF NC GU",
	"NA":  "US CA MX PR DO JM BB GT HN CR PA TT",
	"SA":  "AR BO BR CL CO EC GD GY PY PE SR",
}

func area(iso2, lon string) string {
	for name, list := range countries {
		if slices.Contains(strings.Fields(list), iso2) {
			return name
		}
	}
	if x, _ := strconv.ParseFloat(lon, 64); iso2 == "RU" && x > 60 {
		return "CAS"
	}
	return "EU"
}

// --- hints, factors, lottery ---

// hints keeps the sites that served at least 2.5 % of a hint's probes: below that lie strays of other continents. The two
// newer hints were never probed; ours are the sites of the hint's name, with the shares apac gave them.
func (d deriver) hints() error {
	rows, err := d.read("do_location_hints.csv")
	if err != nil {
		return err
	}
	own := map[string]string{"apac-ne": "NRT:0.074 KIX:0.076 ICN:0.031 HKG:0.122", "apac-se": "SIN:0.650"}
	// The home that a hint stands for is its likeliest site, or one with more measured round trips beside it.
	stand := map[string]string{"enam": "IAD", "wnam": "SJC", "apac-ne": "NRT"}
	out := [][]string{{"hint", "name", "measured", "home", "sites"}}
	for _, r := range rows {
		sites, measured := r["host_colos_seen_from_pops_nearest_this_region"], "1"
		if s, ok := own[r["hint"]]; ok {
			sites, measured = s, "0"
		}
		kept := slices.DeleteFunc(strings.Fields(sites), func(s string) bool {
			share, _ := strconv.ParseFloat(s[4:], 64)
			return share < 0.025
		})
		home := cmp.Or(stand[r["hint"]], kept[0][:3])
		out = append(out, []string{r["hint"], r["name"], measured, home, strings.Join(kept, " ")})
	}
	return d.write("hints.csv", "Location hints and the sites that served them. Credit: names cloudflare/workerd (Apache-2.0), "+
		"shares computed from connyay/cf-colo-hint (MIT); apac-ne and apac-se are ours, not measured.", out)
}

func (d deriver) factors() error {
	rows, err := d.read("area_pair_factors.csv")
	if err != nil {
		return err
	}
	out := [][]string{{"area", "area", "fixed_ms", "ms_per_1000km"}}
	for _, r := range rows {
		if r["area1"] == "ME" && r["area2"] == "ME" {
			continue // 5.95 times the fibre bound, from a handful of pairs: worse than no factor
		}
		// The model keeps a factor between 1.2 and 3.0 times the fibre bound of 10 ms per 1000 km.
		slope, _ := strconv.ParseFloat(r["ms_per_1000km"], 64)
		slope = min(max(slope, 12), 30)
		out = append(out, []string{r["area1"], r["area2"], r["a_ms"], decimal(fmt.Sprint(slope), 3)})
	}
	return d.write("areas.csv", "Area-pair latency model: round trip = fixed + slope x km. Ours, fitted on the Azure matrix of azure.csv.", out)
}

func (d deriver) lottery() error {
	rows, err := d.read("do_first_request_host.csv")
	if err != nil {
		return err
	}
	out := [][]string{{"edge", "home", "share"}}
	for _, r := range rows {
		out = append(out, []string{r["client_pop"], r["host_pop"], decimal(r["likelihood"], 4)})
	}
	return d.write("lottery.csv", "Which site got a new object, per edge of its first request, no hint, 2025-12-15 to 2026-01-04. "+
		"Credit: connyay/cf-colo-hint (MIT), measurements by where.durableobjects.live.", out)
}

// --- files ---

func (d deriver) read(name string) ([]row, error) {
	text, err := os.ReadFile(filepath.Join(d.from, name))
	if err != nil {
		return nil, err
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var rows []row
	for _, line := range lines[1:] {
		r := row{}
		for i, column := range lines[0] {
			r[column] = line[i]
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (d deriver) write(name, credit string, lines [][]string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", credit)
	w := csv.NewWriter(&b)
	if err := w.WriteAll(lines); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(d.to, name), b.Bytes(), 0o644)
}

// decimal writes at most so many digits after the point, and no zeros that say nothing.
func decimal(s string, digits int) string {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		log.Fatalf("number %q: %v", s, err)
	}
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
