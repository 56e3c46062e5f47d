"""scikit-learn's own checks; none is excused."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from churnrisk.modeling import AdditiveLogisticClassifier, LogitLeafClassifier, PrunedTreeClassifier


@parametrize_with_checks([AdditiveLogisticClassifier(), LogitLeafClassifier(), PrunedTreeClassifier()])
def test_estimator_keeps_the_law_of_scikit_learn(estimator, check):
    check(estimator)
