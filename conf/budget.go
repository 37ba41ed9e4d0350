// SPDX-License-Identifier: Apache-2.0

package conf

// A few lines of definitions can stand for more text than there is memory. The
// work of expansions is therefore bounded: ten times the text that was written
// and a fixed amount that no sensible configuration comes near.
const (
	budgetFactor = 10
	budgetFloor  = 50 << 20
	// What a byte, a use of a parameter and a line cost until they are decoded.
	byteCost = 4
	useCost  = 300
	lineCost = 1000
)

// maxNesting bounds parameters within parameters.
const maxNesting = 500

// budget is what expansions may still cost.
type budget struct{ left int }

// written adds the text of a file.
func (b *budget) written(n int) { b.left += budgetFactor * n }

// spend takes n off what is left. When nothing is, the reading stops.
func (s *source) spend(n int, pos Pos) bool {
	if s.stop {
		return false
	}
	if s.budget.left -= n; s.budget.left >= 0 {
		return true
	}
	s.stop = true
	s.c.addHint(codeExpansion, pos, "look for parameters that multiply, or for a sequence that is too long",
		"expansions make too much text: more than about %d lines or %d MB; the rest of the configuration is not read",
		budgetFloor/lineCost, budgetFloor/byteCost>>20)
	return false
}
