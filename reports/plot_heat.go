package reports

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// heatCell is one pair of edge and home.
type heatCell struct {
	Text  string // median, in the unit of the map
	Title string // all there is to say
	Step  int    // of heatHues; -1 if nothing was observed
}

// heatMap is the median latency of each edge (row) to each home (column).
type heatMap struct {
	edges, homes []string
	cells        [][]heatCell
	low, high    float64 // the quickest and the slowest pair, ms; 0 if there is none
}

// heatOf lays the map out; steps are even in the square root between the quickest
// and the slowest pair: near pairs differ by factors, far ones by differences.
func heatOf(run *Run) heatMap {
	m := heatMap{homes: run.homes()}
	low, high := math.Inf(1), 0.0
	for _, byHome := range run.ByEdgeAndHome {
		for _, g := range byHome {
			if g.N > 0 {
				low, high = min(low, g.Latency.P50.ms()), max(high, g.Latency.P50.ms())
			}
		}
	}
	for _, edge := range run.edgesByLatency() {
		if len(run.ByEdgeAndHome[edge]) == 0 {
			continue
		}
		var cells []heatCell
		for _, home := range m.homes {
			g := run.ByEdgeAndHome[edge][home]
			cells = append(cells, cellOf(&g, edge, home, low, high))
		}
		m.edges, m.cells = append(m.edges, edge), append(m.cells, cells)
	}
	if high > 0 {
		m.low, m.high = low, high
	}
	return m
}

func cellOf(g *Group, edge, home string, low, high float64) heatCell {
	if g.N == 0 {
		return heatCell{Text: "–", Title: edge + " to " + home + ": nothing observed", Step: -1}
	}
	c := heatCell{
		Text: digits(g.Latency.P50.ms()) + doubt(0.5, g.N),
		Title: edge + " to " + home + ": median " + g.Latency.P50.String() + ", p99 " + g.Latency.P99.String() +
			doubt(0.99, g.N) + ", n = " + count(g.N),
	}
	if high > low {
		share := (math.Sqrt(g.Latency.P50.ms()) - math.Sqrt(low)) / (math.Sqrt(high) - math.Sqrt(low))
		c.Step = min(int(share*float64(len(heatHues))), len(heatHues)-1)
	}
	return c
}

// heat is the map as a plot, for the files; the page has it as a table. A larger
// one would have cells too small for their numbers, and is left to the table.
func heat(run *Run) (figure, bool) {
	m := heatOf(run)
	if len(m.homes) == 0 || len(m.homes) > 16 || len(m.edges) > 64 {
		return figure{}, false
	}
	f := figure{name: "latency-edge-home", title: "Median latency by edge and home, ms"}
	f.height = 22 + 20*vg.Length(len(m.edges))
	f.caption = "Rows: where the client enters the network. Columns: where the object lives. Darker is slower. " +
		run.condition() + "."
	f.draw = func(c draw.Canvas, _ bool) { m.draw(c) }
	return f, true
}

func (m heatMap) draw(c draw.Canvas) {
	const left, top = 34, 20
	width := min((c.Max.X-c.Min.X-left)/vg.Length(len(m.homes)), 90)
	height := (c.Max.Y - c.Min.Y - top) / vg.Length(len(m.edges))
	label := style(ink, textSize)
	label.YAlign = draw.YCenter
	label.XAlign = draw.XCenter
	for j, home := range m.homes {
		c.FillText(label, vg.Point{X: c.Min.X + left + (vg.Length(j)+0.5)*width, Y: c.Max.Y - top/2}, home)
	}
	for i, edge := range m.edges {
		y := c.Max.Y - top - vg.Length(i)*height
		name := label
		name.XAlign = draw.XLeft
		c.FillText(name, vg.Point{X: c.Min.X, Y: y - height/2}, edge)
		for j, cell := range m.cells[i] {
			x := c.Min.X + left + vg.Length(j)*width
			text := label
			if cell.Step >= 0 {
				fill(&c, heatHues[cell.Step], x+1, y-height+1, x+width-1, y-1)
			}
			if cell.Step >= heatInk {
				text.Color = paper.color()
			}
			c.FillText(text, vg.Point{X: x + width/2, Y: y - height/2}, cell.Text)
		}
	}
}
