// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vipward/internal/lab"
)

// ipvsLimit is how long the rows that need IPVS may take.
const ipvsLimit = 2 * time.Hour

// measureIPVS measures the rows that need a kernel with IPVS: here, or by this program in
// the lab kernel.
func measureIPVS(ctx context.Context, opts options, daemons []daemon, out, progress io.Writer) (rs results, err error) {
	if len(opts.rows) == 0 {
		return nil, nil
	}
	scratch, err := os.MkdirTemp("", "vipward-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if !lab.InLabKernel() {
		fmt.Fprintln(out, "in a kernel with IPVS:")
	}
	file := filepath.Join(scratch, "results.json")
	here, code, err := lab.RunInIPVSKernel(ctx, out, ipvsLimit, opts.again(daemons, file))
	switch {
	case err != nil:
		return nil, err
	case here:
		return measureRows(ctx, opts, daemons, out, progress)
	case code != 0:
		return nil, fmt.Errorf("in the lab kernel: exit status %d", code)
	}
	return loadResults(file)
}

// again is the command line of this program for its run in the lab kernel.
func (o options) again(daemons []daemon, file string) []string {
	args := []string{"-json", file, "-" + ourName, daemons[0].path, "-" + theirName, daemons[1].path}
	if o.quick {
		args = append(args, "-quick")
	}
	if o.rounds > 0 {
		args = append(args, "-rounds", fmt.Sprint(o.rounds))
	}
	var names []string
	for _, r := range o.rows {
		names = append(names, r.name)
	}
	return append(args, "-rows", strings.Join(names, ","))
}
