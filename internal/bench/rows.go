// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"vipward/internal/lab"
)

// figure is one measured value.
type figure struct {
	what  string // "late ms"
	value float64
}

// row is one thing to measure. A run starts from nothing and measures one daemon once.
type row struct {
	name, doc string
	rounds    int
	quick     bool // part of -quick
	ipvs      bool // needs a kernel with IPVS
	run       func(t lab.TB, d daemon, quick bool) []figure
}

func allRows() []row {
	return []row{
		takeoverRow("takeover-1", 2, time.Second, 1, 5),
		takeoverRow("takeover-0.1", 3, 100*time.Millisecond, 1, 11),
		takeoverRow("takeover-0.01", 3, 10*time.Millisecond, 1, 21),
		takeoverRow("takeover-250", 2, time.Second, 250, 3),
		takeoverRow("takeover-fast", 3, 100*time.Millisecond, 250, 3),
		steadyRow("busy-4", shape{3, 10 * time.Millisecond, 1}, 4, 1),
		steadyRow("busy-32", shape{3, 10 * time.Millisecond, 1}, 32, 1),
		steadyRow("fast-250", shape{3, 100 * time.Millisecond, 250}, 0, 1),
		steadyRow("fast-250-busy", shape{3, 100 * time.Millisecond, 250}, 4, 1),
		steadyRow("links-1000", shape{2, time.Second, 1000}, 0, 1),
		loadRow("load-1", 1, 3),
		loadRow("load-250", 250, 1),
		loadRow("load-1000", 1000, 1),
		parseRow("parse", 40_000, 100, true),
		parseRow("parse-one", 40_000, 40_000, false),
		parseRow("parse-110k", 110_000, 100, false),
		serversRow(farmShape{1000, 5 * time.Second}, 1, true),
		serversRow(farmShape{10_000, 10 * time.Second}, 1, false),
		serversRow(farmShape{40_000, 40 * time.Second}, 1, false),
		oneChangeRow(1000, 3),
		oneChangeRow(10_000, 3),
		oneChangeRow(40_000, 3),
	}
}

// measure runs the rows and prints each as soon as it is complete.
func measure(ctx context.Context, opts options, out, progress io.Writer) error {
	daemons, err := findDaemons(ctx, opts.vipward, opts.keepalived, progress)
	if err != nil {
		return err
	}
	for _, d := range daemons {
		version, err := d.version(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-10s  %s  (%s)\n", d.name, version, d.path)
	}
	printHeader(out)
	plain, ipvs := opts, opts
	plain.rows = slices.DeleteFunc(slices.Clone(opts.rows), func(r row) bool { return r.ipvs })
	ipvs.rows = slices.DeleteFunc(slices.Clone(opts.rows), func(r row) bool { return !r.ipvs })
	all, err := measureRows(ctx, plain, daemons, out, progress)
	if err != nil {
		return err
	}
	more, err := measureIPVS(ctx, ipvs, daemons, out, progress)
	if err != nil {
		return err
	}
	all = append(all, more...)
	return opts.keep(all)
}

// keep writes the files that were asked for.
func (o options) keep(all results) error {
	if o.json != "" {
		if err := all.save(o.json); err != nil {
			return err
		}
	}
	if o.plot != "" {
		return plotChanges(all, o.plot)
	}
	return nil
}

// measureRows measures in this kernel.
func measureRows(ctx context.Context, opts options, daemons []daemon, out, progress io.Writer) (results, error) {
	var all results
	for _, r := range opts.rows {
		res, err := measureRow(ctx, r, opts, daemons, progress)
		if err != nil {
			return nil, err
		}
		all = append(all, res...)
		res.print(out)
	}
	return all, nil
}

// measureRow lets the daemons take turns; who comes first changes from round to round.
func measureRow(ctx context.Context, r row, opts options, daemons []daemon, progress io.Writer) (results, error) {
	var res results
	for round := range opts.roundsOf(r) {
		for i := range daemons {
			d := daemons[(i+round)%len(daemons)]
			name := fmt.Sprintf("%s of %s, round %d", r.name, d.name, round+1)
			err := lab.Main(ctx, name, progress, func(t lab.TB) {
				for _, f := range r.run(t, d, opts.quick) {
					res.add(r.name, f.what, d.name, f.value)
				}
			})
			switch {
			case err == nil:
			case d.name != theirName || ctx.Err() != nil:
				return nil, err
			default: // with 250 instances at 0.1 s it may never settle: that is a result
				res.add(r.name, failedRounds, d.name, 1)
			}
		}
	}
	return res, nil
}

// failedRounds counts rounds in which the other daemon did not get as far as a figure.
const failedRounds = "rounds without a result"

func (o options) roundsOf(r row) int {
	switch {
	case o.quick:
		return 1
	case o.rounds > 0:
		return o.rounds
	default:
		return r.rounds
	}
}
