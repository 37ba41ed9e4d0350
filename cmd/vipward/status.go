// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vipward/control"
)

// status is `vipward status`: what the daemon does, once or again and again.
func (c *toolCall) status() int {
	watch := c.flags.Bool("watch", false, "show it again every second, until Ctrl-C")
	asJSON := c.flags.Bool("json", false, "everything, for programs; with --watch an object a line")
	names := c.flags.Bool("names", false, "the names that other commands take, one a line")
	width := c.flags.Int("width", 0, "columns (default: those of the terminal, 80 without one)")
	client := c.connects()
	if code, ok := c.parse(0, 0); !ok {
		return code
	}
	ctx, stop := interruptible()
	defer stop()
	if *watch {
		return c.watchStatus(ctx, client(), *width, *asJSON)
	}
	st, err := client().State(ctx)
	switch {
	case err != nil:
		return c.failed(err)
	case *asJSON:
		return c.printJSON(st)
	case *names:
		_, err = io.WriteString(c.stdout, namesOf(st))
		return c.written(err)
	}
	s := screen{width: orWidth(*width, c.stdout), color: isTerminal(c.stdout)}
	_, err = io.WriteString(c.stdout, s.status(st, time.Now()))
	return c.written(err)
}

// plainName says whether a shell takes a name as it is: what a shell completes it also expands.
func plainName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:%+,/@-[]") == ""
}

// namesOf lists instances, sync groups, trackers and real servers, each once. Names that a
// shell would take for something else are left out.
func namesOf(st *control.State) string {
	var names []string
	if v := st.VRRP; v != nil {
		for _, vi := range v.Instances {
			names = append(names, vi.Name)
		}
		for _, g := range v.Groups {
			names = append(names, g.Name)
		}
		for _, t := range v.Trackers {
			names = append(names, t.Name)
		}
	}
	if st.Checker != nil {
		for _, vs := range st.Checker.Virtuals {
			for _, rs := range vs.Reals {
				names = append(names, rs.Address.String())
			}
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range slices.Compact(names) {
		if plainName(name) {
			b.WriteString(name + "\n")
		}
	}
	return b.String()
}

// plainWidth is for output that is no terminal.
const plainWidth = 80

func orWidth(width int, w io.Writer) int {
	if width > 0 {
		return width
	}
	if size := sizeOf(w); size != nil && size.Col > 0 {
		return int(size.Col)
	}
	return plainWidth
}

// heightOf is 0 for output that has no end.
func heightOf(w io.Writer) int {
	if size := sizeOf(w); size != nil {
		return int(size.Row)
	}
	return 0
}

func isTerminal(w io.Writer) bool { return sizeOf(w) != nil }

func sizeOf(w io.Writer) *unix.Winsize {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return nil
	}
	return size
}
