"""Every rule in every form, as a fixture."""

import pytest
from optimizer_forms import FORMS


@pytest.fixture(params=sorted(FORMS))
def form(request):
    """A rule in one of its forms, as a function of further hyper-parameters."""
    return FORMS[request.param]
