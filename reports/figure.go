package reports

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"image/png"
	"io"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// figure is a plot that knows what it shows and under which condition.
type figure struct {
	name    string // of its files
	title   string
	caption string
	height  vg.Length
	draw    func(c draw.Canvas, narrow bool)
	tall    vg.Length // height when narrow, if another
	inPage  bool      // false if the page shows it as a table
	broad   bool      // as wide as the page
	says    string    // what it shows, for those who do not see it; the caption, if empty
}

// Widths in points; on a page, a point is a pixel. Text is drawn at one size, so
// a phone gets a plot of its own instead of a small picture of a large one.
const (
	wideWidth   = 540
	broadWidth  = 900
	narrowWidth = 350
	textSize    = 10.5
	pngDPI      = 192 // twice the usual, for dense screens
	broadDPI    = 144 // what is broad is large already
)

func style(h hue, size vg.Length) text.Style {
	return text.Style{
		Color:   h.color(),
		Font:    font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size),
		Handler: plot.DefaultTextHandler,
	}
}

func line(h hue, width vg.Length, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: h.color(), Width: width, Dashes: dashes}
}

// axes is an empty plot in our style.
func axes(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil // a transparent one is no colour in SVG
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle = restyled(axis.Label.TextStyle, muted)
		axis.Tick.Label = restyled(axis.Tick.Label, ink)
		axis.Label.Padding = 4
		axis.Padding = 4
		axis.LineStyle = line(muted, 0.6)
		axis.Tick.LineStyle = line(muted, 0.6)
		axis.Tick.Length = 4
	}
	lines := plotter.NewGrid()
	lines.Vertical, lines.Horizontal = line(grid, 0.8), line(grid, 0.8)
	p.Add(lines)
	return p
}

// paint draws a plot with the title of its horizontal axis below the middle of it. The library would keep room for that of
// a logarithmic axis where the mean of its ends lies, far to the right.
func paint(p *plot.Plot, cv draw.Canvas) {
	const room = 16
	title := p.X.Label
	p.X.Label.Text = ""
	area := draw.Crop(cv, 0, 0, room, 0)
	p.Draw(area)
	data := p.DataCanvas(area)
	title.TextStyle.XAlign = draw.XCenter
	cv.FillText(title.TextStyle, vg.Point{X: (data.Min.X + data.Max.X) / 2, Y: cv.Min.Y + 3}, title.Text)
	p.X.Label = title
}

// restyled keeps a style's alignment and rotation.
func restyled(s text.Style, h hue) text.Style {
	fresh := style(h, textSize)
	s.Color, s.Font, s.Handler = fresh.Color, fresh.Font, fresh.Handler
	return s
}

// svg draws the figure alone, for the page: no title, no ground.
func (f *figure) svg(narrow bool) string {
	width, height := f.width(), f.height
	if narrow {
		width, height = narrowWidth, cmp.Or(f.tall, f.height)
	}
	canvas := vgsvg.New(width, height)
	f.draw(draw.New(canvas), narrow)
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		panic("reports: writing to memory: " + err.Error())
	}
	_, body, _ := strings.Cut(out.String(), "<svg")
	_, body, _ = strings.Cut(body, ">")
	return fmt.Sprintf(`<svg viewBox="0 0 %.6g %.6g" role="img">`, width.Points(), height.Points()) + f.spoken() + inPage(body)
}

func (f *figure) width() vg.Length {
	if f.broad {
		return broadWidth
	}
	return wideWidth
}

// spoken is the text alternative of the plot: its title, and what it shows.
func (f *figure) spoken() string {
	return "<title>" + html.EscapeString(f.title) + "</title>\n<desc>" + html.EscapeString(cmp.Or(f.says, f.caption)) + "</desc>"
}

// writeSVG and writePNG write the figure with its title and caption, to stand alone.
func (f *figure) writeSVG(w io.Writer) error {
	canvas := vgsvg.New(f.size())
	f.whole(draw.New(canvas))
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return fmt.Errorf("draw %s: %w", f.name, err)
	}
	text := strings.ReplaceAll(out.String(), "font-family:Liberation Sans", "font-family:"+metricFonts)
	head, body, _ := strings.Cut(text, "<svg")
	tag, body, _ := strings.Cut(body, ">")
	_, err := io.WriteString(w, head+"<svg"+tag+` role="img">`+"\n"+f.spoken()+body)
	return err
}

func (f *figure) writePNG(w io.Writer) error {
	width, height := f.size()
	dpi := pngDPI
	if f.broad {
		dpi = broadDPI
	}
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
	f.whole(draw.New(canvas))
	quick := png.Encoder{CompressionLevel: png.BestSpeed} // half of the time of a report went into its pictures
	return quick.Encode(w, canvas.Image())
}

// Room around a figure that stands alone.
const (
	margin     = 14
	titleRoom  = 26
	captionRow = 13
)

func (f *figure) size() (width, height vg.Length) {
	rows := vg.Length(len(f.captionRows()))
	return f.width() + 2*margin, f.height + titleRoom + rows*captionRow + 2.5*margin
}

func (f *figure) captionRows() []string { return wrapped(f.caption, int(f.width()/4.8)) }

func (f *figure) whole(c draw.Canvas) {
	fill(&c, paper, c.Min.X, c.Min.Y, c.Max.X, c.Max.Y)
	title := style(ink, 13)
	title.YAlign = draw.YTop
	c.FillText(title, vg.Point{X: c.Min.X + margin, Y: c.Max.Y - margin}, f.title)
	note := style(muted, 9.5)
	rows := f.captionRows()
	for i, row := range rows {
		y := c.Min.Y + margin + vg.Length(len(rows)-1-i)*captionRow
		c.FillText(note, vg.Point{X: c.Min.X + margin, Y: y}, row)
	}
	bottom := 1.5*margin + vg.Length(len(rows))*captionRow
	f.draw(draw.Crop(c, margin, -margin, bottom, -margin-titleRoom), false)
}

// fill paints a rectangle.
func fill(c *draw.Canvas, h hue, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(h.color(), []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
}

// key is one entry of a legend.
type key struct {
	name string
	draw.LineStyle
	box  bool             // a filled box rather than a line
	mark draw.GlyphDrawer // on the line; nil: none
}

// column draws keys below each other, from the top.
func column(c draw.Canvas, keys []key) {
	const pitch = 15
	s := style(ink, textSize)
	s.YAlign = draw.YCenter
	for i, k := range keys {
		y := c.Max.Y - pitch*(vg.Length(i)+0.5)
		k.sample(&c, c.Min.X, y)
		c.FillText(s, vg.Point{X: c.Min.X + 23, Y: y}, k.name)
	}
}

// stretch is how much wider than laid out text may come out, where a page's
// reader has none of the fonts it asks for.
const stretch = 1.2

// row draws keys beside each other, in as many lines as it takes; it says how much
// height that is. A name that is wider than a line goes on below.
func row(c draw.Canvas, keys []key, paint bool) (height vg.Length) {
	const pitch = 15
	s := style(ink, textSize)
	s.YAlign = draw.YCenter
	x, y := c.Min.X, c.Max.Y-pitch/2
	for _, k := range keys {
		names := broken(s, k.name, c.Max.X-c.Min.X-22)
		width := 22 + s.Width(k.name)*stretch + 12
		if x > c.Min.X && x+width-12 > c.Max.X {
			x, y = c.Min.X, y-pitch
		}
		if paint {
			k.sample(&c, x, y)
		}
		for i, name := range names {
			if i > 0 {
				y -= pitch
			}
			if paint {
				c.FillText(s, vg.Point{X: x + 22, Y: y}, name)
			}
		}
		x += width
	}
	return c.Max.Y - y + pitch/2
}

// broken is text in lines no wider than that, broken at spaces; a word that is wider is cut.
func broken(s text.Style, words string, width vg.Length) (lines []string) {
	for _, word := range strings.Fields(words) {
		if last := len(lines) - 1; last >= 0 && s.Width(lines[last]+" "+word)*stretch <= width {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, fitted(s, word, width))
	}
	return lines
}

func (k key) sample(c *draw.Canvas, x, y vg.Length) {
	if !k.box {
		c.StrokeLine2(k.LineStyle, x, y, x+17, y)
		if k.mark != nil {
			c.DrawGlyphNoClip(draw.GlyphStyle{Color: k.Color, Radius: 3.2, Shape: k.mark}, vg.Point{X: x + 8.5, Y: y})
		}
		return
	}
	c.FillPolygon(k.Color, []vg.Point{{X: x + 5, Y: y - 5}, {X: x + 16, Y: y - 5}, {X: x + 16, Y: y + 5}, {X: x + 5, Y: y + 5}})
}

// evenly thins n things to at most limit, keeping the first and the last.
func evenly(n, limit int) []int {
	if n <= limit {
		limit = n
	}
	at := make([]int, 0, limit)
	for i := range limit {
		if limit == 1 {
			return append(at, 0)
		}
		at = append(at, i*(n-1)/(limit-1))
	}
	return at
}
