"""Does not get as far as listening."""

import a_module_that_was_not_packed

a_module_that_was_not_packed.run()
