// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"vipward/conf"
)

// configTest is -t: it reads the configuration and says what is wrong with it.
func (c *command) configTest() int {
	w, closeFile, err := c.testOutput()
	if err != nil {
		_, _ = fmt.Fprintln(c.stderr, err)
		return exitFatal
	}
	opts := c.opts.reading
	opts.CheckOnly = true
	r := c.read(opts)
	if r.Missing {
		_, _ = fmt.Fprintln(w, c.lineMissing())
	}
	conf.Print(w, r.Diagnostics)
	if err := closeFile(); err != nil {
		_, _ = fmt.Fprintln(c.stderr, err)
		return exitFatal
	}
	return conf.TestExit(r.Diagnostics)
}

// testOutput is where the messages go.
func (c *command) testOutput() (io.Writer, func() error, error) {
	if c.opts.testFile == "" {
		return c.stderr, func() error { return nil }, nil
	}
	f, err := os.OpenFile(c.opts.testFile, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, errors.Join(errors.New("open the file for the test's messages"), err)
	}
	return f, f.Close, nil
}
