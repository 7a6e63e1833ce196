package reports

import (
	"fmt"
	"image/color"
	"strings"
)

// hue is one colour of all plots and of the page, on a light and on a dark ground.
// Plots in files are light. The copy of a plot inside the page names the variable
// instead of the colour, so it follows the reader's choice.
type hue struct{ name, light, dark string }

// The grounds and inks.
var (
	ink   = hue{"ink", "#1b1f24", "#e6e8eb"}
	muted = hue{"muted", "#59616b", "#a0a8b2"}
	grid  = hue{"grid", "#e3e6ea", "#2c333b"}
	paper = hue{"paper", "#fffffe", "#14181d"}
	near  = hue{"p50", "#0072b2", "#58aee6"}  // medians
	far   = hue{"p99", "#c94f00", "#f08a3c"}  // tails
	band  = hue{"band", "#dbe8f1", "#1f3547"} // between the two
	fault = hue{"fault", "#f6e3d7", "#43291a"}
)

// partHues are those of the budget's parts, in their order: told apart also by
// readers who do not see red and green apart.
var partHues = [...]hue{
	{"wait", "#7a7f86", "#8d939b"},
	{"wan", "#0073b3", "#3f97d3"},
	{"route", "#56b4e9", "#9ad4f5"},
	{"queue", "#e69f00", "#edb53c"},
	{"activate", "#b65c92", "#d88ab8"},
	{"turn", "#009e73", "#2fbf95"},
	{"commit", "#d55e00", "#e8823a"},
	{"return", "#c3c8ce", "#59616c"},
}

// heatHues run from quick to slow: one hue, so that only lightness speaks. On a
// dark ground slow is bright, as on a light ground it is dark.
var heatHues = [...]hue{
	{"h0", "#edf4fb", "#16222f"},
	{"h1", "#d3e4f3", "#1b344c"},
	{"h2", "#aecfe8", "#214a6e"},
	{"h3", "#7fb3d9", "#2b608c"},
	{"h4", "#3577b0", "#5f9acb"},
	{"h5", "#1c5a94", "#8fbbe0"},
	{"h6", "#0b3f73", "#cfe4f7"},
}

// heatInk is the step from which text on heatHues changes sides.
const heatInk = 4

// maxLines is how many lines one plot holds before they cannot be told apart.
const maxLines = 12

// lineHues run from quick to slow edges, in falling order of contrast with the
// ground, so that neighbours in a legend are neighbours on the plot.
var lineHues = [maxLines]hue{
	{"e0", "#10088a", "#8f4fd8"},
	{"e1", "#3d049b", "#a04bd6"},
	{"e2", "#5c01a6", "#b347cb"},
	{"e3", "#7a02a8", "#c545bd"},
	{"e4", "#9511a1", "#d5489f"},
	{"e5", "#ad2793", "#e05388"},
	{"e6", "#c23c81", "#e96475"},
	{"e7", "#d45270", "#f07762"},
	{"e8", "#e26660", "#f58c52"},
	{"e9", "#ea7650", "#f9a343"},
	{"e10", "#ee8440", "#fbbd3b"},
	{"e11", "#f09330", "#f8da45"},
}

// hues are all that plots draw with.
func hues() []hue {
	all := []hue{ink, muted, grid, paper, near, far, band, fault}
	all = append(all, partHues[:]...)
	all = append(all, heatHues[:]...)
	return append(all, lineHues[:]...)
}

// color is the light one.
func (h hue) color() color.NRGBA {
	c := color.NRGBA{A: 255}
	if _, err := fmt.Sscanf(h.light, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
		panic("reports: bad hue " + h.light)
	}
	return c
}

// svgHex is the colour as the SVG writer spells it, with its roundings.
func (h hue) svgHex() string {
	r, g, b, a := h.color().RGBA()
	scale := 255.0 / float64(a)
	return fmt.Sprintf("#%02X%02X%02X", int(float64(r)*scale), int(float64(g)*scale), int(float64(b)*scale))
}

// variables declares the hues as CSS variables of one ground.
func variables(dark bool) string {
	var out strings.Builder
	for _, h := range hues() {
		value := h.light
		if dark {
			value = h.dark
		}
		fmt.Fprintf(&out, "--%s:%s;", h.name, value)
	}
	return out.String()
}

// inPage replaces colours by variables.
func inPage(svg string) string {
	pairs := []string{"font-family:Liberation Sans", "font-family:" + metricFonts}
	for _, h := range hues() {
		pairs = append(pairs, h.svgHex(), "var(--"+h.name+")")
	}
	return strings.NewReplacer(pairs...).Replace(svg)
}

// metricFonts have the widths that plots were laid out with.
const metricFonts = "Arial,Helvetica,Liberation Sans,sans-serif"
