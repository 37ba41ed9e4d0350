// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"unicode/utf8"
)

// table is columns of text, the last of which takes what room is left.
type table struct {
	head []string
	rows []row
}

// row is a line of a table. A note has one cell, which goes over all columns.
type row struct {
	color string
	cells []string
	note  bool
}

func (t *table) add(color string, cells ...string) {
	for i := range cells {
		cells[i] = clean(cells[i])
	}
	t.rows = append(t.rows, row{color: color, cells: cells})
}

func (t *table) note(color, text string) {
	t.rows = append(t.rows, row{color: color, cells: []string{clean(text)}, note: true})
}

const columnGap = 2

// draw lays the table out in the screen's width. Where there is not room for all columns,
// the widest but the first lose first.
func (t *table) draw(s screen) string {
	widths := t.widths()
	t.shrink(widths, s.width)
	var b strings.Builder
	b.WriteString(s.paint(faint, t.line(row{cells: t.head}, widths, s.width)) + "\n")
	for _, r := range t.rows {
		b.WriteString(s.paint(r.color, t.line(r, widths, s.width)) + "\n")
	}
	return b.String()
}

// width is what the table would like.
func (t *table) width() int {
	total := columnGap * (len(t.head) - 1)
	for _, w := range t.widths() {
		total += w
	}
	return total
}

// widths are those that the cells would like.
func (t *table) widths() []int {
	w := make([]int, len(t.head))
	for i, h := range t.head {
		w[i] = utf8.RuneCountInString(h)
	}
	for _, r := range t.rows {
		if r.note {
			continue
		}
		for i, c := range r.cells {
			w[i] = max(w[i], utf8.RuneCountInString(c))
		}
	}
	return w
}

// leastColumn is what a column keeps.
const leastColumn = 5

// shrink makes the columns fit.
func (t *table) shrink(widths []int, total int) {
	over := t.width() - total
	last := len(widths) - 1
	if give := min(over, widths[last]-2*leastColumn); give > 0 { // the last one is the least missed
		widths[last] -= give
		over -= give
	}
	for ; over > 0; over-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= leastColumn {
			return
		}
		widths[widest]--
	}
}

func (t *table) line(r row, widths []int, total int) string {
	if r.note {
		return fitTo(r.cells[0], total)
	}
	var b strings.Builder
	for i, c := range r.cells {
		text := fitTo(c, widths[i])
		b.WriteString(text)
		if i < len(r.cells)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+columnGap))
		}
	}
	return fitTo(strings.TrimRight(b.String(), " "), total)
}
