// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// point is what one change costs in a table of a size.
type point struct{ servers, ms float64 }

// curves picks the points of each daemon out of the rows change-….
func curves(rs results) map[string][]point {
	all := map[string][]point{}
	for _, r := range rs {
		size, ok := strings.CutPrefix(r.Row, "change-")
		thousands, err := strconv.ParseFloat(strings.TrimSuffix(size, "k"), 64)
		if !ok || err != nil || r.Figure != oneChange {
			continue
		}
		for daemon, values := range r.Values {
			all[daemon] = append(all[daemon], point{thousands * 1000, median(values).v})
		}
	}
	for _, points := range all {
		slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.servers, b.servers) })
	}
	return all
}

// The drawing, in pixels. Both scales are logarithmic.
const (
	plotWidth, plotHeight = 640, 400
	plotMargin            = 60
	leastServers          = 500
	mostServers           = 50_000
	leastMS               = 1
	mostMS                = 1_000_000
)

var plotColors = map[string]string{ourName: "#1a6faf", theirName: "#c2410c"}

// plotChanges draws what one change costs, by the size of the table.
func plotChanges(rs results, file string) error {
	all := curves(rs)
	if len(all) == 0 {
		return errors.New("plot: none of the rows change-… was measured")
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // as the drawing
		return fmt.Errorf("plot: %w", err)
	}
	if err := os.WriteFile(file, []byte(svg(all)), 0o644); err != nil { //nolint:gosec // a drawing for anybody
		return fmt.Errorf("plot: %w", err)
	}
	return nil
}

func svg(all map[string][]point) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, plotHeight)
	for v := float64(leastMS); v <= mostMS; v *= 10 {
		line(&b, point{leastServers, v}, point{mostServers, v})
		label(&b, point{leastServers, v}, -50, 4, fmt.Sprintf("%g ms", v))
	}
	for _, n := range []float64{1000, 10_000, 40_000} {
		line(&b, point{n, leastMS}, point{n, mostMS})
		label(&b, point{n, leastMS}, -20, 20, fmt.Sprintf("%g", n))
	}
	fmt.Fprintf(&b, `<text x="%d" y="20">reload of 1 changed weight, by real servers in the table</text>`+"\n", plotMargin)
	for i, name := range []string{ourName, theirName} {
		curve(&b, all[name], plotColors[name])
		fmt.Fprintf(&b, `<text x="%d" y="40" fill="%s">%s</text>`+"\n", plotMargin+i*100, plotColors[name], name)
	}
	return b.String() + "</svg>\n"
}

// place gives a point's place in the drawing.
func (p point) place() (x, y float64) {
	part := func(v, least, most float64) float64 {
		return math.Log(max(v, least)/least) / math.Log(most/least)
	}
	x = plotMargin + part(p.servers, leastServers, mostServers)*(plotWidth-2*plotMargin)
	y = plotHeight - plotMargin - part(p.ms, leastMS, mostMS)*(plotHeight-2*plotMargin)
	return x, y
}

func line(b *strings.Builder, from, to point) {
	x1, y1 := from.place()
	x2, y2 := to.place()
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#ddd"/>`+"\n", x1, y1, x2, y2)
}

// label writes a text beside a point.
func label(b *strings.Builder, p point, dx, dy float64, text string) {
	x, y := p.place()
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f">%s</text>`+"\n", x+dx, y+dy, text)
}

func curve(b *strings.Builder, points []point, color string) {
	var path []string
	for _, p := range points {
		x, y := p.place()
		path = append(path, fmt.Sprintf("%.1f,%.1f", x, y))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"><title>%g servers: %.1f ms</title></circle>`+"\n", x, y, color, p.servers, p.ms)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s"/>`+"\n", strings.Join(path, " "), color)
}
